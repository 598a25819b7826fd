"""Finds the candidate that an owner's message is about: named, quoted, or the only open one."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from domain import identifiers
from domain.candidate import Candidate
from domain.conversation import numbers
from domain.conversation.chat_memory import Recollection
from domain.conversation.subjects import Subject, Telling
from domain.reading.owners_message import OwnersMessage
from domain.writing import questions
from engine.chats.open_prompts import ChatRecord, OpenPrompts

_SEARCHED_DIGITS = 4
_NUMBERED_FOR = timedelta(days=1)
"""A number names open candidates, and ended ones for this long after their acceptance."""


@dataclass(frozen=True)
class Target:
    """The candidate that is meant. One that a search found might be another one on a redelivery."""

    found: ChatRecord
    by_search: bool


@dataclass(frozen=True)
class Unclear:
    """A question to the owner, and the candidate that it names as open, if there is exactly one."""

    words: str
    subject: Subject | None = None


class Targets:
    def __init__(self, prompts: OpenPrompts) -> None:
        self._prompts = prompts

    async def by_id(self, message: OwnersMessage, name: str) -> Target | None:
        """Reads the candidate whose exact id is written.

        An id that could be a number finds nothing here, because the number might name another
        candidate. A button always sends an id.
        """
        may_be_number = numbers.is_number(name) and not message.is_tap
        if may_be_number or not re.fullmatch(identifiers.CANDIDATE_ID, name):
            return None
        found = await self._prompts.read(name, message.senders)
        return Target(found, by_search=_has_quotation(message)) if found else None

    async def named(self, message: OwnersMessage, name: str, recollection: Recollection | None) -> list[Target]:
        """Finds every candidate of the sender's that a name might mean."""
        if by_id := await self.by_id(message, name):
            return [by_id]
        if message.is_tap:
            return []
        ids = await (
            self._numbered(message, name, recollection) if numbers.is_number(name) else self._misspelt(message, name)
        )
        return [Target(found, by_search=True) for found in await self._read(ids, message)]

    async def quoted(self, message: OwnersMessage, recollection: Recollection | None) -> Target | None:
        """Finds the candidate whose prompt or buttons are quoted; other quotations name nothing."""
        quoted_id = message.quoted_id or ""
        remembered = recollection.with_buttons(quoted_id) if recollection else None
        found = remembered or await self._prompts.by_prompt_id(message.senders, quoted_id)
        record = await self._prompts.read(found, message.senders) if found else None
        return Target(record, by_search=True) if record else None

    async def awaited(self, message: OwnersMessage, recollection: Recollection | None) -> Target | None:
        """Finds the candidate that the chat was just told how to edit.

        Returns None if the message answers another one.
        """
        candidate_id = awaits_text_for(recollection)
        if candidate_id is None or message.quoted_id is not None or not message.may_decide:
            return None
        record = await self._prompts.read(candidate_id, message.senders)
        return Target(record, by_search=True) if record else None

    async def only_open(self, message: OwnersMessage) -> Target | list[Candidate]:
        """Returns the only candidate that is open in this chat, or a list of all that are."""
        candidates = await self._prompts.open_candidates(message.senders)
        if len(candidates) != 1:
            return candidates
        found = await self._prompts.read(candidates[0].id, message.senders)
        return Target(found, by_search=True) if found and found.record.is_open else []

    async def one(
        self, message: OwnersMessage, name: str | None, recollection: Recollection | None
    ) -> Target | Unclear | list[Candidate]:
        """Finds the candidate that is named, quoted, or the only one open.

        Returns `Unclear` if a name or quotation does not identify one candidate. Returns a list of
        what is open if the message has neither.
        """
        if name:
            targets = await self.named(message, name, recollection)
            if len(targets) != 1:
                return Unclear(await self.unclear(message, name, targets))
            question = await self.contradiction(message, targets, recollection)
            return Unclear(question) if question else targets[0]
        if message.quoted_id is None:
            return await self.only_open(message)
        return await self.quoted(message, recollection) or await self._unknown_quotation(message)

    async def contradiction(
        self, message: OwnersMessage, named: Sequence[Target], recollection: Recollection | None
    ) -> str | None:
        """Returns a question if a message quotes a prompt of a candidate that it does not name."""
        quoted = await self.quoted(message, recollection) if _has_quotation(message) else None
        if quoted is None:
            return None
        candidates = [target.found.candidate for target in named]
        if quoted.found.candidate.id in {candidate.id for candidate in candidates}:
            return None
        return questions.contradiction(candidates, quoted.found.candidate)

    async def unclear(self, message: OwnersMessage, name: str, targets: Sequence[Target]) -> str:
        """Returns a question about a name that means no candidate, or several."""
        if targets:
            return questions.ambiguous([target.found.candidate for target in targets], message.received_at)
        candidates = await self._prompts.open_candidates(message.senders)
        return questions.unknown_name(name, candidates, message.command, message.received_at)

    async def _unknown_quotation(self, message: OwnersMessage) -> Unclear:
        candidates = await self._prompts.open_candidates(message.senders)
        subject = Subject(candidates[0].id, Telling.ANSWER) if len(candidates) == 1 else None
        return Unclear(questions.unknown_quotation(candidates, message.command, message.received_at), subject)

    async def _numbered(self, message: OwnersMessage, written: str, recollection: Recollection | None) -> list[str]:
        """Finds the ids that a number fits.

        It looks in the chat's memory, because a search lags, and searches, because another
        candidate might have the number.
        """
        since = message.received_at - _NUMBERED_FOR
        found = await self._prompts.numbered(written[:_SEARCHED_DIGITS], message.senders, since)
        mentioned = recollection.mentioned if recollection else []
        return [written, *(id_ for id_ in dict.fromkeys([*mentioned, *found]) if numbers.fits(written, id_))]

    async def _misspelt(self, message: OwnersMessage, written: str) -> list[str]:
        candidates = await self._prompts.open_candidates(message.senders)
        return [candidate.id for candidate in candidates if is_same_id(written, candidate.id)]

    async def _read(self, ids: Sequence[str], message: OwnersMessage) -> list[ChatRecord]:
        since = message.received_at - _NUMBERED_FOR
        found = await asyncio.gather(*(self._prompts.read(id_, message.senders) for id_ in dict.fromkeys(ids)))
        return [each for each in found if each and (each.record.is_open or each.candidate.accepted_at > since)]


def awaits_text_for(recollection: Recollection | None) -> str | None:
    """Returns the candidate, if our last message in the chat says how to replace its draft."""
    last = recollection.last if recollection else None
    return last.subject.candidate_id if last and last.subject and last.subject.wants_text else None


def _has_quotation(message: OwnersMessage) -> bool:
    """Returns whether to look for a quotation as well as a name; for a tap, only its id counts."""
    return bool(message.quoted_id) and not message.is_tap


def is_same_id(written: str, candidate_id: str) -> bool:
    """Returns whether an inexact id might mean this one; ignores case and a final full stop."""
    return candidate_id.lower() in {written.lower(), written.lower().removesuffix(".")}
