"""`python -m tools.doctor`: checks everything that the gateway needs, and says how to fix what is wrong."""
