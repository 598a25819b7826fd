"""Small commands for developers and operators."""
