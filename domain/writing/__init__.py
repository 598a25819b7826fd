"""What an owner reads: prompts and every other text, as it stands on the phone."""
