"""`python -m tools.doctor`: whether everything that the gateway needs is there, and how to mend what is not."""
