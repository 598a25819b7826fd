"""What a chat was last told and is owed, and which candidate a word in it answers."""
