"""Speaking HTTP to others, and the sockets on which others speak to the edge."""
