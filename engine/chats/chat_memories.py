"""What taking a message needs of the chats' memories; adapters/redis has it."""

from collections.abc import Sequence
from typing import Protocol

from domain.candidate import Approver
from domain.conversation.chat_memory import Brake, Recollection
from domain.conversation.subjects import Subject
from domain.decision import Outcome


class ChatMemories(Protocol):
    """What the chats were last told; a note that Redis does not take is lost."""

    async def recall(self, senders: Sequence[Approver]) -> Recollection | None:
        """Return what a person's chats remember; None if Redis does not answer."""

    async def may_answer(self, chat: Approver, key: str, brake: Brake) -> bool:
        """Count an answer; False if the chat had too many lately."""

    async def say(
        self, chat: Approver, key: str, subject: Subject | None, outcome: Outcome | None, candidate_id: str | None
    ) -> bool:
        """Note an answer in the response to the owner's message, and the verdict in that; False if the note is lost."""

    async def hear(self, chat: Approver, outcome: Outcome | None, candidate_id: str | None) -> None:
        """Note that a message came, and the verdict in that if it has one."""

    async def miss(self, chat: Approver, key: str, *, is_owner: bool) -> None:
        """Note a message that could not be taken, in the chat of an owner or of somebody who was asked before."""
