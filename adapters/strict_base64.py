"""Base64 as keys are written in: what is not exactly that was mistyped, and is not guessed at."""

import base64
import binascii


def decode(text: str) -> bytes | None:
    """Give the bytes, or None if encoding them does not give the text back."""
    try:
        decoded = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return None
    return decoded if base64.b64encode(decoded).decode() == text else None
