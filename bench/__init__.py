"""What the gateway costs, measured on this machine; nothing here is a test."""
