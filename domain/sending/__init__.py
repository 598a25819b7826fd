"""How a message goes out, and what becomes of it."""
