"""Prepares a Twilio account for the gateway."""
