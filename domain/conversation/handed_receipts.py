"""Receipts that candidates' runs pass to a chat's run, which merges them (`merged_receipts.py`)."""

from dataclasses import dataclass
from typing import Self

from domain.approver_chat import Chat
from domain.candidate import Approver, Candidate
from domain.conversation.owed_messages import Receipt
from domain.decision import Decision
from domain.writing import outcomes


@dataclass(frozen=True)
class ChatToTell:
    """The input of a chat's receipts workflow."""

    approver: Approver


@dataclass(frozen=True)
class HandedReceipt:
    """One candidate's receipt in one chat; a signal, so every field can be missing.

    `chat` is the candidate's name for the chat, which contains no address. `text` is the receipt if
    it is the only one, and `line` is the receipt among others.
    """

    candidate_id: str | None = None
    chat: str | None = None
    text: str | None = None
    line: str | None = None

    @classmethod
    def of(cls, receipt: Receipt, candidate: Candidate, decision: Decision, chat: Chat) -> Self:
        """Writes the receipt for the reader of a chat, as of the decision."""
        told = candidate, decision, chat.approver, decision.decided_at
        return cls(
            candidate_id=candidate.id,
            chat=chat.name,
            text=outcomes.receipt(*told, to_decider=receipt.to_decider),
            line=outcomes.receipt_line(*told, to_decider=receipt.to_decider),
        )

    @property
    def is_complete(self) -> bool:
        return bool(self.candidate_id and self.chat and self.text and self.line)

    @property
    def key(self) -> str:
        """The name of its request, slot and message; a candidate gives each chat one receipt."""
        return f"{self.candidate_id}/receipt/{self.chat}"
