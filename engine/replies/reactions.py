"""Weighs reactions: a thumb up or down decides, if what it quotes is one prompt of the chat."""

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
from domain.writing.fitting import bare_draft
from domain.writing.naming import title
from domain.writing.prompt_parts import prompt_parts
from engine.chats.open_prompts import ChatRecord, OpenPrompts
from engine.chats.targets import Target
from engine.replies.understanding import Understanding
from engine.replies.verdicts import Verdicts, is_known_in_part

_PART_NUMBER = re.compile(r" \(\d+/\d+\)$")
_VERDICTS = {Reaction.LIKE: Verdict(Outcome.APPROVED), Reaction.DISLIKE: Verdict(Outcome.REJECTED)}
_NO_VERDICT = Verdict(Outcome.REJECTED)
"""A verdict that can be taken as long as any can; judging it shows whether a candidate is over."""


class Reactions:
    def __init__(self, prompts: OpenPrompts, verdicts: Verdicts) -> None:
        self._prompts = prompts
        self._verdicts = verdicts

    async def weigh(self, message: OwnersMessage, recollection: Recollection | None) -> Understanding | None:
        """Weighs a reaction that arrived as text; returns None unless it quotes exactly one prompt.

        A thumb is a verdict. Any other reaction decides nothing, and its answer says what would.
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
        """Finds the candidate whose prompt is quoted, an open one before an ended one."""
        asked = await self._asked(message.senders, recollection)
        if any(_is_draft(quoted, each.candidate, message.channel) for each in asked):
            return None
        found = [each for each in asked if is_prompt(quoted, each.candidate, message.channel)]
        found = [each for each in found if each.record.is_open] or found
        return found[0] if len(found) == 1 else None

    async def _asked(self, senders: Sequence[Approver], recollection: Recollection | None) -> list[ChatRecord]:
        """Reads what this chat was asked about, from a search for open ones and from its memory."""
        asked = [record.candidate.id for record in await self._prompts.asked(senders)]
        ids = dict.fromkeys([*asked, *(recollection.mentioned if recollection else [])])
        found = await asyncio.gather(*(self._prompts.read(id_, senders) for id_ in ids))
        return [each for each in found if each and each.is_asked]


def is_prompt(quoted: str, candidate: Candidate, channel: Channel) -> bool:
    """Returns whether a quotation, perhaps cut, is of a prompt.

    Its first line must be the prompt's title; if more is quoted, that must begin the line below.
    """
    first, _, rest = quoted.partition("\n")
    if _PART_NUMBER.sub("", first.strip()) != title(candidate):
        return False
    # A prompt shows what it replaces only if the chat was asked about that.
    read = (candidate, replace(candidate, replaces=None))
    kinds = [(each, repeated) for each in read for repeated in (False, True)]
    parts = [text for each, repeated in kinds for text in prompt_parts(each, channel, repeated=repeated)]
    return any(_begins(text.partition("\n")[2], rest.partition("\n")[0]) for text in parts)


def _is_draft(quoted: str, candidate: Candidate, channel: Channel) -> bool:
    """Returns whether a quotation might be of a draft that was sent bare, to be copied."""
    draft = bare_draft(candidate, channel)
    return draft is not None and _begins(draft, quoted)


def _begins(text: str, quoted: str) -> bool:
    """Returns whether a quotation begins a text; phones cut it, bridges alter its spaces."""
    begin = "".join(tapbacks.visible(quoted).removesuffix("…").split())
    return "".join(tapbacks.visible(text).split()).startswith(begin)
