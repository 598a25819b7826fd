"""What an owner asks the gateway for: to see a draft whole, how to change it, what became of it."""

from collections.abc import Callable, Sequence
from datetime import datetime

from domain.candidate import Candidate
from domain.conversation.chat_memory import Recollection
from domain.conversation.subjects import Subject, Telling
from domain.reading.grammar import read
from domain.reading.owners_message import OwnersMessage
from domain.reading.requests import EditHow, Regret, Show
from domain.writing import texts
from domain.writing.dressing import bare_draft
from engine.candidates import CandidateRecord
from engine.chats.open_prompts import ChatRecord
from engine.chats.targets import Targets
from engine.replies.understanding import Understanding


class Requests:
    def __init__(self, targets: Targets) -> None:
        self._targets = targets

    async def answer(
        self, message: OwnersMessage, request: Show | EditHow | Regret, recollection: Recollection | None
    ) -> Understanding:
        name = request.name
        if isinstance(request, Regret) and not name and message.quoted_id is None and recollection:
            name = recollection.last_ended
        target = await self._targets.one(message, name, recollection)
        if isinstance(target, str):
            return Understanding(message.senders[0], target)
        if isinstance(target, list):
            return Understanding(message.senders[0], _which(request)(target, message.received_at))
        if isinstance(request, Regret):
            return _standing(message, target.found)
        if not target.found.record.is_open:
            return _ended(message, target.found)
        if target.found.record.has_opted_out(message.senders):
            return Understanding(target.found.sender, texts.not_here_since_stop(target.found.candidate))
        return _shown(target.found) if isinstance(request, Show) else _edit_how(message, target.found)


def _which(request: Show | EditHow | Regret) -> Callable[[Sequence[Candidate], datetime], str]:
    """Choose the words where several are open, or none is."""
    match request:
        case Show():
            return texts.which_to_show
        case EditHow():
            return texts.which_edit
        case Regret():
            return texts.acknowledged


def _standing(message: OwnersMessage, found: ChatRecord) -> Understanding:
    record = found.record
    words = texts.standing(record.candidate, record.decision, found.sender, message.received_at)
    return Understanding(found.sender, words, subject=Subject(record.candidate.id, _telling(record)))


def _ended(message: OwnersMessage, found: ChatRecord) -> Understanding:
    candidate = found.candidate
    words = texts.too_late(candidate, found.record.decision, found.sender, message.received_at)
    return Understanding(found.sender, words, subject=Subject(candidate.id, Telling.END))


def _shown(found: ChatRecord) -> Understanding:
    candidate = found.candidate
    subject = Subject(candidate.id, Telling.ANSWER)
    return Understanding(found.sender, texts.shown(candidate), candidate.id, subject=subject, shows=True)


def _edit_how(message: OwnersMessage, found: ChatRecord) -> Understanding:
    """Send the draft besides, without bars, to be copied and changed.

    Not one that may be a command: where messages of ours come back as the owner's, it would be taken for theirs.
    """
    candidate = found.candidate
    draft = bare_draft(candidate, message.channel)
    draft = draft if draft and read(draft) is None else None
    words = texts.edit_how(candidate, has_draft=draft is not None)
    subject = Subject(candidate.id, Telling.ANSWER, wants_text=True)
    return Understanding(found.sender, words, subject=subject, more=() if draft is None else (draft,))


def _telling(record: CandidateRecord) -> Telling:
    return Telling.ANSWER if record.is_open else Telling.END
