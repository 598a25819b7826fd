"""Twilio: its APIs and its webhooks."""
