"""Operators' commands where Temporal's UI and CLI are awkward; docs/operations.md shows each."""
