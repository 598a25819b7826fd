"""Effects on the world, one class per subject; each says which collaborator it needs."""
