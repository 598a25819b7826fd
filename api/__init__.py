"""The edge: HTTP routes and webhooks. engine/ turns what they receive into calls to Temporal."""
