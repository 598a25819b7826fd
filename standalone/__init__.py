"""The edge and the worker in one process, for small deployments."""
