"""The records of core, the owners and the faults; the system under test writes none of them."""

from collections import Counter
from dataclasses import dataclass, field
from math import inf
from typing import Any

Verdict = tuple[str, str | None]
"""An outcome, and the text with an edit, or with a rejection the note for core."""


@dataclass
class Posted:
    """A candidate that core posted; moments are seconds since 1970.

    A `refused` one must never reach anybody. Core might have withdrawn one that `may_be_withdrawn`.
    """

    body: dict[str, Any]
    first_at: float
    acked_at: float | None = None
    refused: bool = False
    may_be_withdrawn: bool = False

    @property
    def replaces(self) -> str | None:
        """The candidate in whose place it was posted."""
        return self.body.get("replaces")

    @property
    def id(self) -> str:
        return str(self.body["id"])

    @property
    def approvers(self) -> tuple[str, ...]:
        """Who is asked, in the form of the contract's decider."""
        whatsapp, imessage = self.body["owner_whatsapp"], self.body["owner_imessage"]
        return (*([whatsapp] if whatsapp else []), *([f"imessage:{imessage}"] if imessage else []))


@dataclass
class Said:
    """A message that somebody writes.

    `about` are the candidates that it names or quotes, and `verdict` is what it wants. It is
    delivered `held` seconds after it was written. One that `may_be_asked_about` is either
    understood or answered with a question.
    """

    message_id: str
    channel: str
    sender: str
    text: str
    kind: str
    delay: float
    about: tuple[str, ...] = ()
    verdict: Verdict | None = None
    quoted: str | None = None
    may_be_asked_about: bool = False
    wants_to_see: bool = False
    times: int = 1
    held: float = 0
    written_at: float = 0
    acked_at: float | None = None
    last_answer: str = ""
    words: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        return f"{self.channel}/{self.message_id}"

    @property
    def address(self) -> str:
        return self.sender.removeprefix("imessage:")

    @property
    def is_bare(self) -> bool:
        """Whether it has a verdict and names no candidate."""
        return self.verdict is not None and not self.about


@dataclass(frozen=True)
class Kill:
    """A process that was killed `at` one moment, and served again from `back_at`.

    Of a limit on calls, these are its beginning and its end.
    """

    process: str
    at: float
    back_at: float


@dataclass
class Outage:
    """A provider's outage and its manner; the provider answers again from `until`."""

    channel: str
    manner: str
    at: float
    until: float = inf


@dataclass
class Ledger:
    posted: dict[str, Posted] = field(default_factory=dict)
    said: dict[str, Said] = field(default_factory=dict)
    kills: list[Kill] = field(default_factory=list)
    limited: list[Kill] = field(default_factory=list)
    """The times in which Temporal limited calls, from its start to its next kill."""
    outages: list[Outage] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    wrong_answers: list[str] = field(default_factory=list)
    """Answers of the edge that the contract does not allow."""

    crashes: list[str] = field(default_factory=list)
    """Processes that ended by themselves."""

    @property
    def accepted(self) -> list[Posted]:
        return [posted for posted in self.posted.values() if posted.acked_at]

    def disturbances_of(self, process: str) -> list[Kill]:
        return [kill for kill in self.disturbances if kill.process.startswith(process)]

    @property
    def disturbances(self) -> list[Kill]:
        """The times in which something was away, or Temporal served less than it was asked."""
        return [*self.kills, *self.limited]
