"""An owner's new text: cleaned of what the gateway added, and measured as its platform counts."""
