"""Strict base64 for keys: anything else is a typo, and is rejected."""

import base64
import binascii


def decode(text: str) -> bytes | None:
    """Returns the bytes; None if encoding them does not reproduce the text."""
    try:
        decoded = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return None
    return decoded if base64.b64encode(decoded).decode() == text else None
