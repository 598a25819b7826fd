"""What is no secret: the samples that are in everybody's hands, and what can be guessed."""

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
"""What sample values hold, in small letters and digits alone; the last two are Standard Webhooks' published keys."""


def weakness(secret: str, shortest: int) -> str | None:
    """Say what is wrong with a secret, or None; it does not appear in the words. Random ones pass."""
    if len(secret) < shortest:
        return f"each secret needs at least {shortest} characters, for example: openssl rand -hex 32"
    plain = re.sub("[^a-z0-9]", "", secret.lower())
    if any(sample in plain for sample in _SAMPLES):
        return "this is a sample; generate one: openssl rand -hex 32"
    if len(set(secret)) < _FEWEST_DISTINCT or _is_repetition(secret) or _is_sequence(secret):
        return "this can be guessed (few characters, repeated or in sequence); generate one: openssl rand -hex 32"
    return None


def _is_repetition(secret: str) -> bool:
    """Whether it is one piece again and again, the last one cut or not."""
    lengths = range(1, len(secret) // 2 + 1)
    return any(secret == (secret[:length] * len(secret))[: len(secret)] for length in lengths)


def _is_sequence(secret: str) -> bool:
    """Whether most characters follow from those before: equal, next in order, or the one before in order."""
    steps = [ord(after) - ord(before) for before, after in pairwise(secret)]
    regular = sum(step == before and abs(step) <= 1 for before, step in pairwise(steps))
    return regular > _LONGEST_SEQUENTIAL_PART * len(steps)
