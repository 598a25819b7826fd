"""What drives candidates from their acceptance to their decision, and notes when each step happened."""
