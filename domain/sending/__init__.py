"""How messages are sent, and what becomes of them."""
