"""What an owner wrote: the table of words, the grammar over it, tapbacks, and why a message may decide nothing."""
