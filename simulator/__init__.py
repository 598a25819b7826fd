"""The outside world: Twilio, the iMessage sidecar, core and the owner's phone."""
