"""Thumbs under a prompt: they decide if what they quote names one open prompt of the chat."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace

from domain.candidate import Approver, Candidate
from domain.channels import Channel
from domain.conversation.chat_memory import Recollection
from domain.decision import Outcome, Verdict
from domain.reading import tapbacks
from domain.reading.owners_message import Obstacle, OwnersMessage
from domain.writing.dressing import bare_draft
from domain.writing.naming import title
from domain.writing.prompt_parts import prompt_parts
from engine.chats.open_prompts import ChatRecord, OpenPrompts
from engine.chats.targets import Target
from engine.replies.understanding import Understanding
from engine.replies.verdicts import Verdicts

_PART_NUMBER = re.compile(r" \(\d+/\d+\)$")


class Thumbs:
    def __init__(self, prompts: OpenPrompts, verdicts: Verdicts) -> None:
        self._prompts = prompts
        self._verdicts = verdicts

    async def weigh(self, message: OwnersMessage, recollection: Recollection | None) -> Understanding | None:
        """Take a thumb that came as text; None for any other message, and where the line names none, or several."""
        thumb = tapbacks.tapback(message.text) if message.obstacle is Obstacle.REACTION else None
        if thumb is None:
            return None
        asked = await self._asked(message.senders, recollection)
        if any(_is_draft(thumb.quoted, each.candidate, message.channel) for each in asked):
            return None
        found = [
            each for each in asked if each.record.is_open and is_prompt(thumb.quoted, each.candidate, message.channel)
        ]
        if len(found) != 1:
            return None
        verdict = Verdict(Outcome.APPROVED if thumb.is_like else Outcome.REJECTED)
        return await self._verdicts.weigh(message, Target(found[0], by_search=True), verdict, recollection)

    async def _asked(self, senders: Sequence[Approver], recollection: Recollection | None) -> list[ChatRecord]:
        """Read what was asked in this chat: by a search for what is open, and by what the chat remembers."""
        asked = [candidate.id for candidate in await self._prompts.open_candidates(senders)]
        ids = dict.fromkeys([*asked, *(recollection.mentioned if recollection else [])])
        found = await asyncio.gather(*(self._prompts.read(id_, senders) for id_ in ids))
        return [each for each in found if each and each.is_asked]


def is_prompt(quoted: str, candidate: Candidate, channel: Channel) -> bool:
    """Whether a quotation, perhaps cut, is of a prompt: its title, and if more is quoted, the line below that."""
    first, _, rest = quoted.partition("\n")
    if _PART_NUMBER.sub("", first.strip()) != title(candidate):
        return False
    read = (candidate, replace(candidate, replaces=None))  # what it replaces is read where that was asked about
    kinds = [(each, repeated) for each in read for repeated in (False, True)]
    parts = [text for each, repeated in kinds for text in prompt_parts(each, channel, repeated=repeated)]
    return any(_begins(text.partition("\n")[2], rest.partition("\n")[0]) for text in parts)


def _is_draft(quoted: str, candidate: Candidate, channel: Channel) -> bool:
    """Whether a quotation may be of a draft that was sent bare, to be copied."""
    draft = bare_draft(candidate, channel)
    return draft is not None and _begins(draft, quoted)


def _begins(text: str, quoted: str) -> bool:
    """Whether a quotation is the beginning of a text; phones cut what they quote, and bridges its white space."""
    begin = "".join(tapbacks.visible(quoted).removesuffix("…").split())
    return "".join(tapbacks.visible(text).split()).startswith(begin)
