"""What a chat was last told and is owed, and which candidate an owner's words answer."""
