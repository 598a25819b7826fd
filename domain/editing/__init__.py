"""What an owner wants posted instead: cleaned of what the gateway added, and measured as its platform counts."""
