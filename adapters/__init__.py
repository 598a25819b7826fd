"""Everything that touches the world: settings, Temporal, Redis, Twilio, the sidecar, core, logs."""
