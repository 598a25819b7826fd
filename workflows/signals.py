"""The signals that workflows accept.

Every field is an optional string. The handlers accept any input and parse it here, because the SDK
silently drops a signal whose input does not match the handler's types.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, TypeVar

from domain.candidate import LONGEST_NOTE, LONGEST_TEXT
from domain.conversation.handed_receipts import HandedReceipt
from domain.core_withdrawal import CoreWithdrawal
from domain.decision import OPERATOR_PREFIX, Outcome, OwnersReply, Verdict
from domain.identifiers import PromptAttempt
from domain.sending.status_reports import StatusReport

Signal = TypeVar(
    "Signal",
    bound="Reply | Show | AttemptStatus | OperatorDecision | Withdrawal | CoreWithdrawal | OptOut | AskAgain"
    " | HandedReceipt",
)

_WORD = re.compile(r"[A-Za-z_\-]{1,20}")
"""Matches a misspelled word, which is safe to show."""


def read(kind: type[Signal], given: Sequence[object]) -> Signal | None:
    """Parses a signal's input.

    Returns None unless it is one object whose known fields are strings or null.
    """
    if len(given) != 1 or not isinstance(given[0], dict):
        return None
    known: dict[str, Any] = {field.name: given[0].get(field.name) for field in fields(kind)}
    return kind(**known) if all(value is None or isinstance(value, str) for value in known.values()) else None


@dataclass(frozen=True)
class Reply:
    """An owner's verdict, as the edge read it.

    `received_at` is the edge's clock, in ISO 8601. `quoted` is the provider's id of the prompt
    message whose button was tapped. `note` is the owner's note to core with a rejection.
    """

    message_key: str | None = None
    sender: str | None = None
    outcome: str | None = None
    text: str | None = None
    received_at: str | None = None
    quoted: str | None = None
    note: str | None = None

    def read(self, now: datetime) -> OwnersReply:
        return OwnersReply(
            message_key=self.message_key or f"unnamed {now.isoformat()}",
            sender=self.sender or "",
            verdict=_verdict(self.outcome, self.text, self.note),
            received_at=_moment(self.received_at) or now,
            quoted=self.quoted,
        )


@dataclass(frozen=True)
class AttemptStatus:
    """Twilio's status report on the message of one attempt."""

    attempt: str | None = None
    message_id: str | None = None
    status: str | None = None
    error_code: str | None = None

    def read(self) -> tuple[PromptAttempt, StatusReport] | None:
        """Returns the attempt and its status report; None if something is missing or wrong."""
        attempt = PromptAttempt.read(self.attempt or "")
        report = StatusReport.read(self.message_id or "", self.status or "", self.error_code or "")
        return (attempt, report) if attempt and report else None


@dataclass(frozen=True)
class OperatorDecision:
    """`decision` is approved, rejected, or edited with a `final_text`."""

    operator: str | None = None
    decision: str | None = None
    final_text: str | None = None

    def read(self) -> tuple[Verdict, str] | None:
        """Returns the verdict and the decider; None if something is missing or wrong."""
        verdict = _verdict(self.decision, self.final_text)
        if verdict is None or verdict.excess or not self.operator:
            return None
        return verdict, OPERATOR_PREFIX + self.operator

    @property
    def lack(self) -> str:
        """What is missing or wrong, without any text that might be meant for posting."""
        verdict = _verdict(self.decision, self.final_text)
        if verdict and verdict.excess:
            return f"accepts at most {LONGEST_TEXT} characters, not {len(verdict.text or '')}"
        if verdict or not self.decision:
            return "needs an operator and a decision: approved, rejected or edited"
        if self.decision == Outcome.EDITED:
            return "needs final_text if the decision is edited"
        word = f'"{self.decision}"' if _WORD.fullmatch(self.decision) else "this decision"
        return f"accepts approved, rejected and edited, not {word}"


@dataclass(frozen=True)
class Withdrawal:
    operator: str | None = None


@dataclass(frozen=True)
class OptOut:
    """An owner wrote STOP. `sender` is their address in the chat, as the candidate names it."""

    sender: str | None = None


@dataclass(frozen=True)
class Show:
    """An owner asks for the whole prompt. `sender` is their address, as the candidate names it."""

    message_key: str | None = None
    sender: str | None = None

    def key(self, now: datetime) -> str:
        return self.message_key or f"unnamed {now.isoformat()}"


@dataclass(frozen=True)
class AskAgain:
    """`chat` is a channel, or the chat of its second approver as `whatsapp/2`; None means all."""

    operator: str | None = None
    chat: str | None = None


def _verdict(outcome: str | None, text: str | None, note: str | None = None) -> Verdict | None:
    """Parses a verdict; returns None for "expired", an unknown outcome, or an edit without text."""
    if outcome not in list(Outcome) or outcome == Outcome.EXPIRED:
        return None
    if outcome == Outcome.EDITED:
        return Verdict(Outcome.EDITED, text) if text else None
    return Verdict(Outcome(outcome), note=note[:LONGEST_NOTE] if note and outcome == Outcome.REJECTED else None)


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else None
