"""The connection to Temporal, and how payloads are converted and encrypted."""
