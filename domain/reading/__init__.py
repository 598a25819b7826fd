"""Reads what an owner wrote: the words, the grammar, tapbacks, and what keeps a message from deciding."""
