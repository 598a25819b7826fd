"""What is known of a chat: who is in it, what is open and was asked there, and which candidate a name means."""
