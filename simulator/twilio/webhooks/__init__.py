"""Twilio's requests to the gateway: owners' messages and status reports."""
