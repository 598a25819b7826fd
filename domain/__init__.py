"""Rules without I/O: candidates, replies, decisions, and every text that an owner reads."""
