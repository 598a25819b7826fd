"""Activities: effects on the world, one class per subject, each with the collaborators it needs."""
