"""Answers what an owner asks for: to see a draft whole, how to change it, or what became of it."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from domain.candidate import Candidate
from domain.channels import Channel
from domain.conversation.chat_memory import Recollection
from domain.conversation.subjects import Subject, Telling
from domain.reading.grammar import read
from domain.reading.owners_message import OwnersMessage
from domain.reading.requests import Decide, EditHow, Regret, ShowPrompt, Stands
from domain.writing import outcomes
from domain.writing.edit_questions import edit_how, which_edit
from domain.writing.fitting import bare_draft
from domain.writing.lists import shown, which_to_show
from domain.writing.opt_outs import not_here_since_stop
from domain.writing.undecided import acknowledged, is_open, not_decided_yet, questioned
from engine.candidates import CandidateRecord
from engine.chats.open_prompts import ChatRecord, OpenPrompts
from engine.chats.targets import Targets, Unclear
from engine.replies.understanding import Understanding
from engine.replies.verdicts import unseen

_MOST = 12
"""Candidates that are read in order to name them in an answer about another one."""


class Requests:
    def __init__(self, targets: Targets, prompts: OpenPrompts) -> None:
        self._targets = targets
        self._prompts = prompts

    async def answer(
        self, message: OwnersMessage, request: ShowPrompt | EditHow | Regret | Stands, recollection: Recollection | None
    ) -> Understanding:
        name, newer = request.name, list[str]()
        if isinstance(request, Regret | Stands) and not name and message.quoted_id is None and recollection:
            name, newer = recollection.last_ended, await self._newer(message, recollection)
        target = await self._targets.one(message, name, recollection)
        if isinstance(target, Unclear):
            return Understanding(message.senders[0], target.words, subject=target.subject)
        if isinstance(target, list):
            return Understanding(message.senders[0], _which(request)(target, message.received_at))
        if isinstance(request, Regret):
            return _standing(message, target.found, recollection, newer)
        if isinstance(request, Stands):
            return _how_it_stands(message, target.found, recollection, newer)
        return _about_draft(message, request, target.found)

    async def _newer(self, message: OwnersMessage, recollection: Recollection) -> list[str]:
        """Returns a line for each open draft shown since the last verdict; one might be meant."""
        ids = recollection.shown_since_verdict[:_MOST]
        found = await asyncio.gather(*(self._prompts.read(candidate_id, message.senders) for candidate_id in ids))
        records = [each.record for each in found if each and each.record.is_open]
        not_seen = unseen(records, message.senders, recollection)
        return [is_open(record.candidate, not_seen) for record in records]


def _which(request: ShowPrompt | EditHow | Regret | Stands) -> Callable[[Sequence[Candidate], datetime], str]:
    """Returns the function that words the answer if several candidates are open, or none is."""
    match request:
        case ShowPrompt():
            return which_to_show
        case EditHow():
            return which_edit
        case Regret() | Stands():
            return acknowledged


def _about_draft(message: OwnersMessage, request: ShowPrompt | EditHow, found: ChatRecord) -> Understanding:
    """Sends the draft to be changed, or the whole prompt to a chat that was not asked about it."""
    if not found.record.is_open:
        return _ended(message, found)
    if found.record.has_opted_out(message.senders):
        return Understanding(found.sender, not_here_since_stop(found.candidate))
    return _shown(found) if isinstance(request, ShowPrompt) or not found.is_asked else _edit_how(message, found)


def _standing(
    message: OwnersMessage, found: ChatRecord, recollection: Recollection | None, newer: Sequence[str]
) -> Understanding:
    """Says what became of a draft that an owner wants to take back, and what has opened since.

    A bare word after that leads to a question, because it might be about either.
    """
    record = found.record
    if record.decision:
        stands = outcomes.stands(record.candidate, record.decision, found.sender, message.received_at)
        words = "\n".join([stands, *newer])
    else:
        words = not_decided_yet(record.candidate, unseen([record], message.senders, recollection))
    return Understanding(found.sender, words, subject=Subject(record.candidate.id, _telling(record)))


def _how_it_stands(
    message: OwnersMessage, found: ChatRecord, recollection: Recollection | None, newer: Sequence[str]
) -> Understanding:
    """Says until when a draft is open and what decides it, or how it ended and what is open."""
    record, now = found.record, message.received_at
    if not record.is_open:
        ended = outcomes.ended(record.candidate, record.decision, found.sender, now)
        words = "\n".join([ended, *newer])
    elif record.has_opted_out(message.senders):
        return Understanding(found.sender, not_here_since_stop(record.candidate))
    else:
        in_part = bool(unseen([record], message.senders, recollection))
        words = questioned(record.candidate, now, in_part=in_part)
    return Understanding(found.sender, words, subject=Subject(record.candidate.id, _telling(record)))


def _ended(message: OwnersMessage, found: ChatRecord) -> Understanding:
    candidate = found.candidate
    words = outcomes.too_late(candidate, found.record.decision, found.sender, message.received_at)
    return Understanding(found.sender, words, subject=Subject(candidate.id, Telling.END))


def _shown(found: ChatRecord) -> Understanding:
    candidate = found.candidate
    subject = Subject(candidate.id, Telling.ANSWER)
    return Understanding(found.sender, shown(candidate), candidate.id, subject=subject, shows=True)


def _edit_how(message: OwnersMessage, found: ChatRecord) -> Understanding:
    """Sends the draft as well, without bars, to be copied and changed."""
    candidate = found.candidate
    draft = bare_draft(candidate, message.channel)
    draft = None if draft is None or _decides_if_it_comes_back(draft, message.channel) else draft
    words = edit_how(candidate, has_draft=draft is not None)
    subject = Subject(candidate.id, Telling.ANSWER, wants_text=True)
    return Understanding(found.sender, words, subject=subject, more=() if draft is None else (draft,))


def _decides_if_it_comes_back(draft: str, channel: Channel) -> bool:
    """Returns whether a draft would be a verdict if a Mac sent it back as the owner's message."""
    return channel.traits.returns_own_messages and isinstance(read(draft), Decide)


def _telling(record: CandidateRecord) -> Telling:
    return Telling.ANSWER if record.is_open else Telling.END
