"""Guards of every request: authentication, limits on size and rate, and traces."""
