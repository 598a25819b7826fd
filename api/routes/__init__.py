"""Routes: each authenticates, parses, makes one call, and answers."""
