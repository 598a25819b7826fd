"""The chats' memories, as handling a message needs them; adapters/redis implements them."""

from collections.abc import Sequence
from typing import Protocol

from domain.candidate import Approver
from domain.conversation.chat_memory import Brake, Recollection
from domain.conversation.subjects import Subject
from domain.decision import Outcome


class ChatMemories(Protocol):
    """What the chats were last told; a note that Redis does not accept is lost."""

    async def recall(self, senders: Sequence[Approver]) -> Recollection | None:
        """Returns what a person's chats remember; None if Redis does not answer."""

    async def may_answer(self, chat: Approver, key: str, brake: Brake) -> bool:
        """Counts an answer; returns False if the chat had too many recently."""

    async def say(
        self, chat: Approver, key: str, subject: Subject | None, outcome: Outcome | None, candidate_id: str | None
    ) -> bool:
        """Notes an answer in the response to the owner's message, with that message's verdict.

        Returns False if the note is lost.
        """

    async def hear(self, chat: Approver, outcome: Outcome | None, candidate_id: str | None) -> None:
        """Notes that a message arrived, with its verdict if it has one."""

    async def miss(self, chat: Approver, key: str, *, is_owner: bool) -> None:
        """Notes an unhandled message, if its chat is an owner's or was asked before."""
