"""Texts that came without `edit:`: asked about first, and posted only if a bare yes follows."""

from dataclasses import replace

from domain.conversation import bare_word_rule, texts
from domain.conversation.chat_memory import Recollection
from domain.conversation.owners_message import OwnersMessage
from domain.conversation.subjects import Subject, Telling
from domain.decision import Outcome, Verdict
from engine.replies.bare_words import BareWord
from engine.replies.binding import Bindings
from engine.replies.open_prompts import OpenPrompts
from engine.replies.targets import Target
from engine.replies.understanding import Understanding
from engine.replies.verdicts import Verdicts


class Proposals:
    """The text waits in what is bound to the message that it came in; the chat's memory names that message.

    It waits as it was written: read a second time, it is what was shown, where a text that was cleaned might lose more.
    """

    def __init__(self, prompts: OpenPrompts, bindings: Bindings, verdicts: Verdicts) -> None:
        self._prompts = prompts
        self._bindings = bindings
        self._verdicts = verdicts

    def propose(
        self, message: OwnersMessage, target: Target, text: str, recollection: Recollection | None
    ) -> Understanding:
        """Ask whether a text is meant in place of a draft; what no edit could be is refused like one."""
        found, candidate = target.found, target.found.candidate
        weighed = self._verdicts.judge(message, found, Verdict(Outcome.EDITED, text), recollection)
        if weighed.refusal:
            subject = Subject(candidate.id, weighed.telling)
            return Understanding(found.sender, weighed.refusal, candidate.id, subject=subject, shows=weighed.shows)
        new_text = weighed.verdict.text or candidate.proposed_text
        words = [texts.proposal(candidate, new_text), *([weighed.warning] if weighed.warning else [])]
        subject = Subject(candidate.id, Telling.PROPOSAL, proposed_by=message.key)
        return Understanding(found.sender, "\n".join(words), candidate.id, subject=subject, proposed=text)

    async def answered(self, word: BareWord) -> Understanding | None:
        """Take a bare yes or no to what was proposed last; None if nothing was, or that is not known any more."""
        last = word.recollection and bare_word_rule.proposal(word.recollection, word.written)
        if not last or last.subject is None or last.subject.proposed_by is None:
            return None
        asked = await self._bindings.bound(last.subject.proposed_by)
        found = await self._prompts.read(last.subject.candidate_id, word.senders)
        if asked is None or asked.proposed is None or found is None:
            return None
        target, edit = Target(found, by_search=True), Verdict(Outcome.EDITED, asked.proposed)
        weighed = self._verdicts.judge(word.message, found, edit, word.recollection)
        if weighed.refusal or word.verdict.outcome is Outcome.APPROVED:
            if bare_word_rule.answers_proposal(last, word.written):
                return await self._verdicts.weigh(word.message, target, edit, word.recollection)
            return replace(asked, subject=last.subject)
        words = texts.proposal_dropped(found.candidate, word.verdict, word.message.received_at)
        return Understanding(found.sender, words, subject=Subject(found.candidate.id, Telling.ANSWER))
