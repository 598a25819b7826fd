"""The receipts that candidates' runs hand to one chat's, which tells them together (`merged_receipts.py`)."""

from dataclasses import dataclass
from typing import Self

from domain.approver_chat import Chat
from domain.candidate import Approver, Candidate
from domain.conversation.owed_messages import Receipt
from domain.decision import Decision
from domain.writing import outcomes


@dataclass(frozen=True)
class ChatToTell:
    """The input of a chat's receipts run."""

    approver: Approver


@dataclass(frozen=True)
class HandedReceipt:
    """One candidate's receipt in one chat. It is a signal, so that every field may be missing.

    `chat` is the name by which the candidate knows it, which holds no address. `text` is what the chat is told if it is
    told nothing else, and `line` what it is told beside others.
    """

    candidate_id: str | None = None
    chat: str | None = None
    text: str | None = None
    line: str | None = None

    @classmethod
    def of(cls, receipt: Receipt, candidate: Candidate, decision: Decision, chat: Chat) -> Self:
        """Write the receipt for the reader of a chat, as of the decision."""
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
        """Name the receipt, of which a candidate gives each chat one: its request, its slot, its message."""
        return f"{self.candidate_id}/receipt/{self.chat}"
