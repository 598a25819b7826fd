"""`python -m tools.doctor`: checks what the gateway needs, and says how to fix it."""
