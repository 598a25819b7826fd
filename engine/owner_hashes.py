"""Keyed hashes of owners' addresses, by which Temporal's search attributes identify owners."""

from collections.abc import Iterable, Sequence

from domain.candidate import Approver
from domain.identifiers import owner_hash


class OwnerHashes:
    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = secrets

    def current_hashes(self, approvers: Iterable[Approver]) -> list[str]:
        """Returns hashes to store, by the current secret."""
        return [owner_hash(self._secrets[0], approver) for approver in approvers]

    def all_hashes(self, approvers: Iterable[Approver]) -> list[str]:
        """Returns hashes to search for, by all secrets.

        Candidates accepted before a rotation have those of an earlier secret.
        """
        return [owner_hash(secret, approver) for approver in approvers for secret in self._secrets]
