"""Reads what an owner wrote: words, grammar, tapbacks, and why a message decides nothing."""
