"""Drives candidates from acceptance to decision, and notes when each step happened."""
