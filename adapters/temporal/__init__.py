"""The connection to Temporal, and what passes over it."""
