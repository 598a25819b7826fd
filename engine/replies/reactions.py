"""Reactions to a prompt, where what they quote names one prompt of the chat: a thumb up or down decides."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace

from domain.candidate import Approver, Candidate
from domain.channels import Channel
from domain.conversation.chat_memory import Recollection
from domain.conversation.subjects import Subject, Telling
from domain.decision import Outcome, Verdict
from domain.reading import tapbacks
from domain.reading.owners_message import Obstacle, OwnersMessage
from domain.reading.tapbacks import Reaction
from domain.writing import undecided
from domain.writing.dressing import bare_draft
from domain.writing.naming import title
from domain.writing.prompt_parts import prompt_parts
from engine.chats.open_prompts import ChatRecord, OpenPrompts
from engine.chats.targets import Target
from engine.replies.understanding import Understanding
from engine.replies.verdicts import Verdicts, is_known_in_part

_PART_NUMBER = re.compile(r" \(\d+/\d+\)$")
_VERDICTS = {Reaction.LIKE: Verdict(Outcome.APPROVED), Reaction.DISLIKE: Verdict(Outcome.REJECTED)}
_NO_VERDICT = Verdict(Outcome.REJECTED)
"""What could be taken as long as anything can: by it, a candidate is found to be over."""


class Reactions:
    def __init__(self, prompts: OpenPrompts, verdicts: Verdicts) -> None:
        self._prompts = prompts
        self._verdicts = verdicts

    async def weigh(self, message: OwnersMessage, recollection: Recollection | None) -> Understanding | None:
        """Take a reaction that came as text; None for any other message, and where its line names none, or several.

        A thumb is a verdict. Any other decides nothing, and its answer says what would.
        """
        tapback = tapbacks.tapback(message.text) if message.obstacle is Obstacle.REACTION else None
        found = await self._quoted(message, tapback.quoted, recollection) if tapback else None
        if tapback is None or found is None:
            return None
        verdict = _VERDICTS.get(tapback.reaction)
        if verdict:
            return await self._verdicts.weigh(message, Target(found, by_search=True), verdict, recollection)
        return self._undecided(message, found, tapback.reaction, recollection)

    def _undecided(
        self, message: OwnersMessage, found: ChatRecord, reaction: Reaction, recollection: Recollection | None
    ) -> Understanding:
        candidate = found.candidate
        weighed = self._verdicts.judge(message, found, _NO_VERDICT, recollection)
        if weighed.refusal:
            return Understanding(found.sender, weighed.refusal, subject=weighed.subject(candidate.id))
        in_part = is_known_in_part(found.record, message.senders, recollection)
        if reaction is Reaction.QUESTION:
            words = undecided.questioned(candidate, message.received_at, in_part=in_part)
        else:
            words = undecided.reacted(candidate, in_part=in_part)
        return Understanding(found.sender, words, subject=Subject(candidate.id, Telling.ANSWER))

    async def _quoted(
        self, message: OwnersMessage, quoted: str, recollection: Recollection | None
    ) -> ChatRecord | None:
        """Find the candidate whose prompt is quoted: the one that is open, or else the one that was."""
        asked = await self._asked(message.senders, recollection)
        if any(_is_draft(quoted, each.candidate, message.channel) for each in asked):
            return None
        found = [each for each in asked if is_prompt(quoted, each.candidate, message.channel)]
        found = [each for each in found if each.record.is_open] or found
        return found[0] if len(found) == 1 else None

    async def _asked(self, senders: Sequence[Approver], recollection: Recollection | None) -> list[ChatRecord]:
        """Read what was asked in this chat: by a search for what is open, and by what the chat remembers."""
        asked = [record.candidate.id for record in await self._prompts.asked(senders)]
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
