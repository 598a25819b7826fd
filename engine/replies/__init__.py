"""What owners write: understood, bound to the message, signalled, answered."""
