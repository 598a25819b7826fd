"""Who may be asked: brands, their owners, and how owners' addresses are written."""
