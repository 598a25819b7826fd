"""What an owner reads: prompts and every other text, exactly as the phone shows it."""
