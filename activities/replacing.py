"""Takes the place of a candidate that another one replaces."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.receipt_handover import HandOver
from domain.approver_chat import Chat
from domain.candidate import Approver
from domain.conversation.handed_receipts import HandedReceipt
from domain.conversation.owed_messages import Receipt
from domain.errors import EngineUnavailableError
from domain.predecessor import Predecessor
from domain.sending.attempts import Attempts
from domain.temporal_names import ActivityType

UNDECIDED = "PredecessorUndecided"

_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
"""Seconds between the reads of one attempt; a worker decides within milliseconds."""


@dataclass(frozen=True)
class Succession:
    """A candidate, the one that it replaces, and its approvers."""

    candidate_id: str
    replaces: str
    approvers: tuple[Approver, ...]


@dataclass(frozen=True)
class Place:
    """Whether the place was taken, and how the old candidate's chats learn of its end.

    The chats of `told_in_prompts` learn it from the new prompt. If that does not go out, the
    receipts in `owed` announce it.
    """

    is_taken: bool
    told_in_prompts: tuple[Approver, ...] = ()
    owed: tuple[HandOver, ...] = ()


class Predecessors(Protocol):
    """The candidates that others replace, as their runs show them."""

    async def read(self, candidate_id: str) -> Predecessor | None:
        """Reads one consistently; returns None if it is unknown. Raises EngineUnavailableError."""

    async def withdraw(self, candidate_id: str, successor_id: str, approvers: Sequence[Approver]) -> None:
        """Withdraws one in favor of a successor, at most once for each, unless its run is over.

        Raises EngineUnavailableError.
        """


class ReplacingActivities:
    def __init__(self, predecessors: Predecessors) -> None:
        self._predecessors = predecessors

    @activity.defn(name=ActivityType.TAKE_PLACE)
    async def take_place(self, succession: Succession) -> Place:
        """Withdraws the old candidate, and returns once it is decided; Temporal retries until then.

        Repeatable: the withdrawal has effect once per successor, and a decision never changes. An
        unknown old candidate leaves no place, because it may have been approved.
        """
        try:
            for reading, pause in enumerate(_PAUSES):
                old = await self._predecessors.read(succession.replaces)
                is_free = old.is_free_for(succession.candidate_id) if old else False
                if is_free is not None:
                    return _place(old if is_free else None, succession)
                if reading == 0 and old and old.decision is None:
                    await self._predecessors.withdraw(
                        succession.replaces, succession.candidate_id, succession.approvers
                    )
                await asyncio.sleep(pause)
        except EngineUnavailableError as error:
            raise ApplicationError(str(error), type="EngineUnavailable") from None
        why = f"{succession.replaces} is not decided yet"
        raise ApplicationError(why, type=UNDECIDED, category=ApplicationErrorCategory.BENIGN)


def _place(old: Predecessor | None, succession: Succession) -> Place:
    """Returns what the old candidate leaves; None leaves nothing."""
    if old is None:
        return Place(is_taken=False)
    told = [approver for approver in succession.approvers if approver in {*old.asked, *old.left}]
    return Place(is_taken=True, told_in_prompts=tuple(told), owed=tuple(_receipts(old)))


def _receipts(old: Predecessor) -> list[HandOver]:
    """Returns the receipts that the old candidate left to its successor."""
    if old.decision is None:
        return []
    chats = [
        Chat(approver, old.candidate.chat_name(number), Attempts())
        for number, approver in enumerate(old.candidate.approvers, start=1)
        if approver in old.left
    ]
    return [HandOver(chat.approver, HandedReceipt.of(Receipt(), old.candidate, old.decision, chat)) for chat in chats]
