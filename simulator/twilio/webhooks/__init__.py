"""What Twilio posts to the gateway: what owners write, and what becomes of messages."""
