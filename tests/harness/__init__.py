"""Real servers, and those who talk to the gateway, for the tests."""
