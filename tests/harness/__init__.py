"""Real servers for the tests, and clients that talk to the gateway."""
