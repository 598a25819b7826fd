"""Workflows: orchestration only. Each one reads like the life of the thing it is about."""
