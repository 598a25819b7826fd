"""What a provider reports about a message that it accepted.

Twilio reports to the URL that the message named, or when asked.
"""

import re
from dataclasses import dataclass
from typing import Self

from domain.identifiers import MESSAGE_SID

_FAILURES = {"failed", "undelivered", "canceled"}


@dataclass(frozen=True)
class StatusReport:
    """A message's status and error code, as the provider writes them."""

    message_id: str
    status: str
    error_code: str | None = None

    @classmethod
    def read(cls, message_id: str, status: str, error_code: str) -> Self | None:
        """Parses a report; returns None if it has no Twilio message id or no valid status."""
        if not (re.fullmatch(MESSAGE_SID, message_id) and re.fullmatch(r"[a-z_]{1,32}", status)):
            return None
        return cls(message_id, status, error_code if re.fullmatch(r"[0-9]{1,9}", error_code) else None)

    @property
    def is_failure(self) -> bool:
        return self.status in _FAILURES
