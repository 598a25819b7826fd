"""Turns requests into starts and signals in Temporal, and reads results back, in domain types."""
