"""What a provider is asked about messages that may have been sent, and what it says."""

from dataclasses import dataclass
from datetime import datetime

from domain.candidate import Approver


@dataclass(frozen=True)
class Wording:
    """What one attempt to send said: its text, and what filled the template if it went out so."""

    text: str
    template: tuple[str, ...] | None = None


@dataclass(frozen=True)
class MessageSearch:
    """Messages that may have been sent to somebody since a moment, in one of some wordings."""

    approver: Approver
    wordings: tuple[Wording, ...]
    since: datetime


@dataclass(frozen=True)
class FoundMessage:
    """What the provider says of a message that has one of the wordings."""

    id: str
    status: str
    error_code: str | None = None
