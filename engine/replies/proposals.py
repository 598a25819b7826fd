"""Asks about texts that arrive without `edit:`; only a bare yes to the question posts one."""

from collections.abc import Sequence
from dataclasses import replace

from domain.candidate import Approver
from domain.conversation import bare_word_rule
from domain.conversation.chat_memory import LastMessage, Recollection
from domain.conversation.subjects import Subject, Telling
from domain.decision import Outcome, Verdict
from domain.editing import new_texts
from domain.reading.owners_message import OwnersMessage
from domain.reading.requests import (
    All,
    Command,
    Decide,
    DecideEach,
    EditHow,
    Help,
    ListOpen,
    ShowPrompt,
    Stands,
    UnclearEdit,
)
from domain.writing import edit_questions
from domain.writing.undecided import not_understood
from engine.chats.open_prompts import ChatRecord, OpenPrompts
from engine.chats.targets import Target
from engine.replies.bare_words import BareWord
from engine.replies.binding import Bindings
from engine.replies.understanding import Understanding
from engine.replies.verdicts import Verdicts, Weighed, unseen


class Proposals:
    """The text waits in the binding of the message that contained it.

    The chat's memory names that message. The text waits as it was written, and is read again after
    the yes. If a cleaned text were read again, it might lose more, and differ from what was shown.
    """

    def __init__(self, prompts: OpenPrompts, bindings: Bindings, verdicts: Verdicts) -> None:
        self._prompts = prompts
        self._bindings = bindings
        self._verdicts = verdicts

    def propose(
        self, message: OwnersMessage, target: Target, text: str, recollection: Recollection | None
    ) -> Understanding:
        """Asks whether a text is meant in place of a draft; refuses it where it refuses an edit."""
        found, candidate = target.found, target.found.candidate
        if found.record.is_open and not new_texts.may_be_meant(text, candidate.proposed_text):
            return Understanding(
                found.sender,
                not_understood([candidate], message.received_at, _unseen(found, message.senders, recollection)),
                candidate.id,
            )
        weighed = self._verdicts.judge(message, found, Verdict(Outcome.EDITED, text), recollection)
        if weighed.refusal:
            subject = weighed.subject(candidate.id)
            return Understanding(found.sender, weighed.refusal, candidate.id, subject=subject, shows=weighed.shows)
        subject = Subject(
            candidate.id, Telling.PROPOSAL, proposed_by=message.key, answers_prompt=message.quoted_id is not None
        )
        return Understanding(found.sender, _question(found, weighed), candidate.id, subject=subject, proposed=text)

    async def kept(
        self, message: OwnersMessage, answer: Understanding, recollection: Recollection | None
    ) -> Understanding:
        """Keeps a question about a text open after an answer that does not settle it.

        Otherwise the next yes would post the draft. After a message that is about a draft itself,
        or that contains another text, the text is dropped, and the answer is about no candidate.
        """
        last = recollection and bare_word_rule.proposal(recollection, message.received_at)
        if not last or not _leaves_open(message, answer):
            return answer
        command = message.command
        is_over = answer.candidate_id is not None or _is_about_draft(command)
        pending = None if is_over else await self._pending(last, message.senders)
        if pending is None:
            return replace(answer, answer=edit_questions.proposal_left(answer.answer), subject=None)
        found, edit = pending
        weighed = self._verdicts.judge(message, found, edit, recollection)
        if weighed.refusal:
            return replace(answer, subject=weighed.subject(found.candidate.id))
        question = _question(found, weighed)
        is_told_more = isinstance(command, All | DecideEach | Help | ListOpen | Stands) or (
            isinstance(command, Decide) and command.names
        )
        words = f"{answer.answer}\n\n{question}" if is_told_more else edit_questions.still_proposed(question)
        return replace(answer, answer=words, subject=last.subject)

    async def answered(self, word: BareWord) -> Understanding | None:
        """Takes a bare yes or no to the last proposal; returns None if none is known."""
        if word.recollection is None:
            return None
        last = bare_word_rule.proposal(word.recollection, word.written)
        pending = await self._pending(last, word.senders) if last else None
        if not last or pending is None:
            return None
        found, edit = pending
        target = Target(found, by_search=True)
        weighed = self._verdicts.judge(word.message, found, edit, word.recollection)
        if weighed.refusal or word.verdict.outcome is Outcome.APPROVED:
            if weighed.refusal or bare_word_rule.answers_proposal(word.recollection, last, word.written):
                return await self._verdicts.weigh(word.message, target, edit, word.recollection)
            words = edit_questions.still_proposed(_question(found, weighed))
            return Understanding(found.sender, words, subject=last.subject)
        words = edit_questions.proposal_dropped(
            found.candidate, word.message.received_at, _unseen(found, word.senders, word.recollection)
        )
        subject = Subject(found.candidate.id, Telling.ANSWER)
        return Understanding(found.sender, words, found.candidate.id, subject=subject)

    async def _pending(self, last: LastMessage, senders: Sequence[Approver]) -> tuple[ChatRecord, Verdict] | None:
        """Reads the proposed text and its candidate; returns None if either is no longer known."""
        if last.subject is None or last.subject.proposed_by is None:
            return None
        asked = await self._bindings.bound(last.subject.proposed_by)
        found = await self._prompts.read(last.subject.candidate_id, senders)
        if asked is None or asked.proposed is None or found is None:
            return None
        return found, Verdict(Outcome.EDITED, asked.proposed)


def unnoted(understood: Understanding) -> Understanding:
    """Offers the edit command if the chat does not remember the question.

    In that chat, a yes would post the draft.
    """
    if understood.proposed is None or understood.candidate_id is None:
        return understood
    return replace(understood, answer=edit_questions.proposal_unnoted(understood.candidate_id), more=())


def _unseen(found: ChatRecord, senders: Sequence[Approver], recollection: Recollection | None) -> set[str]:
    return unseen([found.record], senders, recollection)


def _question(found: ChatRecord, weighed: Weighed) -> str:
    candidate = found.candidate
    question = edit_questions.proposal(candidate, weighed.verdict.text or candidate.proposed_text)
    return "\n".join([question, *([weighed.warning] if weighed.warning else [])])


def _is_about_draft(command: Command | None) -> bool:
    """Returns whether a message asks for the draft, or wants another text in its place."""
    is_text = isinstance(command, Decide) and command.verdict.text is not None
    return is_text or isinstance(command, ShowPrompt | EditHow | UnclearEdit)


def _leaves_open(message: OwnersMessage, answer: Understanding) -> bool:
    """Returns whether an answer decides nothing, reports no end, and asks about no text itself."""
    if answer.verdict or answer.is_silent or answer.opts_out:
        return False
    command = message.command
    if isinstance(command, Decide) and command.is_bare and message.quoted_id is None:
        return False
    return answer.subject is None or answer.subject.telling is Telling.ANSWER
