"""Orchestration only: each workflow reads like the life of what it carries."""
