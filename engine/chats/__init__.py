"""A chat: who is in it, which candidates are open or were asked there, and which one is meant."""
