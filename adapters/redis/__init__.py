"""Slots, what chats were last told, texts of our own, and clients' requests: all of it may be lost."""
