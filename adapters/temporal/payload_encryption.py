"""Encrypts all that Temporal stores about a candidate, with AES-256-GCM in this process.

Each payload's metadata contains its key's id, so that several keys can be in use at once: one
encrypts, all decrypt.
"""

import os
import re
from collections.abc import Callable, Mapping, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from google.protobuf.message import DecodeError
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

from adapters import strict_base64
from domain.errors import UnreadablePayloadError

_ENCODING, _ENCRYPTED = "encoding", b"binary/encrypted"
_KEY_ID = "encryption-key-id"
_KEY_BYTES = 32
_NONCE_BYTES = 12
_ID = re.compile(r"[A-Za-z0-9_.\-]{1,64}")


class PayloadEncryption(PayloadCodec):
    """Encrypts with the first key; without keys, encrypts nothing.

    It does not use threads: a payload takes microseconds, and a worker decodes in its event loop.
    """

    def __init__(self, keys: Mapping[str, bytes], on_unreadable: Callable[[str], None] | None = None) -> None:
        """Calls `on_unreadable` with the reason if a payload cannot be decrypted."""
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._current = next(iter(keys), None)
        self._on_unreadable = on_unreadable

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._encrypted(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Returns payloads that were never encrypted unchanged; raises UnreadablePayloadError."""
        return [self._decrypted(payload) for payload in payloads]

    def _encrypted(self, payload: Payload) -> Payload:
        if self._current is None:
            return payload
        nonce, key_id = os.urandom(_NONCE_BYTES), self._current.encode()
        sealed = self._ciphers[self._current].encrypt(nonce, payload.SerializeToString(), key_id)
        return Payload(metadata={_ENCODING: _ENCRYPTED, _KEY_ID: key_id}, data=nonce + sealed)

    def _decrypted(self, payload: Payload) -> Payload:
        if payload.metadata.get(_ENCODING) != _ENCRYPTED:
            return payload
        key_id = payload.metadata.get(_KEY_ID, b"")
        name = key_id.decode("ascii", errors="backslashreplace")
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise self._unreadable(f"encrypted with the key {name!r}, which PAYLOAD_ENCRYPTION_KEYS lacks")
        nonce, sealed = payload.data[:_NONCE_BYTES], payload.data[_NONCE_BYTES:]
        try:
            return Payload.FromString(cipher.decrypt(nonce, sealed, key_id))
        except (InvalidTag, ValueError, DecodeError):
            raise self._unreadable(f"the key {name!r} does not decrypt this; was it replaced?") from None

    def _unreadable(self, reason: str) -> UnreadablePayloadError:
        if self._on_unreadable:
            self._on_unreadable(reason)
        return UnreadablePayloadError(reason)


def encryption_key(text: str) -> tuple[str, bytes]:
    """Parses `key-id:base64 of 32 bytes`; raises ValueError with the reason."""
    key_id, _, encoded = text.partition(":")
    if not _ID.fullmatch(key_id):
        raise ValueError("each key must begin with an id (1 to 64 letters, digits, _ . -) and a colon")
    key = strict_base64.decode(encoded)
    if key is None or len(key) != _KEY_BYTES:
        raise ValueError(f"each key must be base64 of {_KEY_BYTES} bytes, for example: openssl rand -base64 32")
    return key_id, key
