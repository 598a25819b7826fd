"""Thumbs under a prompt: they decide if the line that they quote names one open prompt of the chat."""

import asyncio
import re
from collections.abc import Sequence

from domain.candidate import Approver
from domain.conversation import tapbacks
from domain.conversation.chat_memory import Recollection
from domain.conversation.naming import title
from domain.conversation.owners_message import Obstacle, OwnersMessage
from domain.decision import Outcome, Verdict
from engine.replies.open_prompts import ChatRecord, OpenPrompts
from engine.replies.targets import Target
from engine.replies.understanding import Understanding
from engine.replies.verdicts import Verdicts

_PART_NUMBER = re.compile(r"^\(\d+/\d+\)\s*")


class Thumbs:
    def __init__(self, prompts: OpenPrompts, verdicts: Verdicts) -> None:
        self._prompts = prompts
        self._verdicts = verdicts

    async def weigh(self, message: OwnersMessage, recollection: Recollection | None) -> Understanding | None:
        """Take a thumb that came as text; None for any other message, and where the line names none, or several."""
        thumb = tapbacks.tapback(message.text) if message.obstacle is Obstacle.REACTION else None
        if thumb is None:
            return None
        line = _PART_NUMBER.sub("", thumb.quoted).partition("\n")[0].strip()
        found = [each for each in await self._open(message.senders, recollection) if title(each.candidate) == line]
        if len(found) != 1:
            return None
        verdict = Verdict(Outcome.APPROVED if thumb.is_like else Outcome.REJECTED)
        return await self._verdicts.weigh(message, Target(found[0], by_search=True), verdict, recollection)

    async def _open(self, senders: Sequence[Approver], recollection: Recollection | None) -> list[ChatRecord]:
        """Read what was asked in this chat and is open: by a search, and by what the chat remembers."""
        asked = [candidate.id for candidate in await self._prompts.open_candidates(senders)]
        ids = dict.fromkeys([*asked, *(recollection.untold if recollection else [])])
        found = await asyncio.gather(*(self._prompts.read(id_, senders) for id_ in ids))
        return [each for each in found if each and each.is_asked and each.record.is_open]
