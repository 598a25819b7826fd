"""Secrets and keys that look as random as real ones but are the same in each run."""

import base64
import hashlib


def secret(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def encryption_keys(*names: str) -> str:
    """Returns a value for PAYLOAD_ENCRYPTION_KEYS with one key for each name."""
    keys = {name: base64.b64encode(hashlib.sha256(name.encode()).digest()).decode() for name in names}
    return ",".join(f"{name}:{key}" for name, key in keys.items())
