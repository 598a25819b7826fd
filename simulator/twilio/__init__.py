"""Twilio: what its APIs answer, and what its webhooks say."""
