"""What guards every request: who calls, how much it may send and how often, and which requests are traced."""
