"""`python -m tools.doctor`: whether everything that the gateway needs is there, and how to fix what is not."""
