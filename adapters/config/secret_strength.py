"""Detects weak secrets: published samples, and values that can be guessed."""

import re
from itertools import pairwise

_FEWEST_DISTINCT = 6
_LONGEST_SEQUENTIAL_PART = 0.5
_SAMPLES = (
    "changeme", "changethis", "example", "placeholder", "replaceme", "replacethis", "insertyour", "password", "qwerty",
    "yourproduction", "yoursecret", "yourstrong", "yourtoken", "yourtwilio", "yourwebhook", "yourauth", "yourkey",
    "supersecret", "topsecret", "opensslrand", "xxxxxx", "secretsmanager",
    "mfkq9r8gkyqrtwjupd8ilpzio2lalasw", "c2fvsbqihrscchlqimvb5ssyob7od8",
)  # fmt: skip
"""Parts of sample values, reduced to lower-case letters and digits.

The last two are from Standard Webhooks' published keys.
"""


def weakness(secret: str, shortest: int) -> str | None:
    """Returns the problem of a secret, without showing it, or None. Random secrets pass."""
    if len(secret) < shortest:
        return f"each secret needs at least {shortest} characters, for example: openssl rand -hex 32"
    plain = re.sub("[^a-z0-9]", "", secret.lower())
    if any(sample in plain for sample in _SAMPLES):
        return "this is a sample; generate one: openssl rand -hex 32"
    if len(set(secret)) < _FEWEST_DISTINCT or _is_repetition(secret) or _is_sequence(secret):
        return "this can be guessed (few, repeated or sequential characters); generate one: openssl rand -hex 32"
    return None


def _is_repetition(secret: str) -> bool:
    """Returns whether it repeats one piece; the last repetition may be cut."""
    lengths = range(1, len(secret) // 2 + 1)
    return any(secret == (secret[:length] * len(secret))[: len(secret)] for length in lengths)


def _is_sequence(secret: str) -> bool:
    """Returns whether most characters equal the previous one or are next to it in order."""
    steps = [ord(after) - ord(before) for before, after in pairwise(secret)]
    regular = sum(step == before and abs(step) <= 1 for before, step in pairwise(steps))
    return regular > _LONGEST_SEQUENTIAL_PART * len(steps)
