"""The outside world of the approval gateway: Twilio, the iMessage sidecar, core and the owner's phone."""
