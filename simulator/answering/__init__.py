"""The owner who answers by itself, as drafts and the control API say."""
