"""What becomes starts and signals in Temporal, and what is read back. Takes and gives what the domain knows."""
