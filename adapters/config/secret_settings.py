"""The types of secret settings, with the checks that each must pass."""

from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, SecretStr

from adapters.config.secret_strength import weakness
from adapters.core import signing_key
from adapters.temporal.payload_encryption import encryption_key

_SHORTEST_SECRET = 32
_SHORTEST_ISSUED_SECRET = 16
"""The minimum for a secret that somebody else issued.

Twilio's have 32 characters; core's can be shorter than ours.
"""


def listed(setting: SecretStr | str) -> list[str]:
    """Splits a comma-separated setting."""
    text = setting.get_secret_value() if isinstance(setting, SecretStr) else setting
    return [part.strip() for part in text.split(",") if part.strip()]


def _strong(shortest: int) -> Callable[[SecretStr], SecretStr]:
    def check(secret: SecretStr) -> SecretStr:
        for problem in filter(None, (weakness(part, shortest) for part in listed(secret) or [""])):
            raise ValueError(problem)
        return secret

    return check


def _strong_if_given(secret: SecretStr) -> SecretStr:
    if secret and (problem := weakness(secret.get_secret_value(), _SHORTEST_ISSUED_SECRET)):
        raise ValueError(problem)
    return secret


def _signing_keys(secret: SecretStr) -> SecretStr:
    for key in listed(secret):
        _demand_random(key, signing_key(key))
    return secret


def _encryption_keys(secret: SecretStr) -> SecretStr:
    keys = [encryption_key(part) for part in listed(secret)]
    if len(dict(keys)) < len(keys):
        raise ValueError("each key needs its own id")
    for _, key in keys:
        _demand_random("", key)
    return secret


def _demand_random(text: str, key: bytes) -> None:
    """Rejects a key whose bytes can be guessed, or whose text is published."""
    if problem := weakness(key.decode("latin-1") + text, 0) or weakness(key.decode("latin-1"), 0):
        raise ValueError(problem)


def _header_value(secret: SecretStr) -> SecretStr:
    if not (secret.get_secret_value().isascii() and secret.get_secret_value().isprintable()):
        raise ValueError("must be printable ASCII")
    return secret


Secrets = Annotated[SecretStr, AfterValidator(_strong(_SHORTEST_SECRET)), AfterValidator(_header_value)]
IssuedSecrets = Annotated[SecretStr, AfterValidator(_strong(_SHORTEST_ISSUED_SECRET)), AfterValidator(_header_value)]
IssuedSecret = Annotated[SecretStr, AfterValidator(_strong_if_given), AfterValidator(_header_value)]
SigningKeys = Annotated[SecretStr, AfterValidator(_signing_keys)]
EncryptionKeys = Annotated[SecretStr, AfterValidator(_encryption_keys)]
