"""Makes an account of Twilio's ready for the gateway."""
