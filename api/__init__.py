"""The edge: HTTP and webhooks in, workflow starts and signals out."""
