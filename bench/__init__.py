"""Measures what the gateway costs on this machine; nothing here is a test."""
