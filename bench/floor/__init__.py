"""Contenders of the gateway's shape without the gateway, and their worker."""
