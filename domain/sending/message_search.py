"""A search at a provider for messages that might have been sent, and its results."""

from dataclasses import dataclass
from datetime import datetime

from domain.candidate import Approver


@dataclass(frozen=True)
class Wording:
    """The content of one attempt: its text, or the template's variables if it went out as one."""

    text: str
    template: tuple[str, ...] | None = None


@dataclass(frozen=True)
class MessageSearch:
    """Messages that might have been sent to an approver since a moment, in one of the wordings."""

    approver: Approver
    wordings: tuple[Wording, ...]
    since: datetime


@dataclass(frozen=True)
class FoundMessage:
    """A message with one of the wordings, as the provider describes it."""

    id: str
    status: str
    error_code: str | None = None
