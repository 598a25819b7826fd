"""Who can be asked: brands, their owners, and the forms of owners' addresses."""
