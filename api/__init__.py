"""The edge: HTTP and webhooks in; what they come to in Temporal is engine/."""
