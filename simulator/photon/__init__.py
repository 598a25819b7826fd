"""The iMessage sidecar, the Mac that it runs on, and its webhooks."""
