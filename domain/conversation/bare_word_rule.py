"""Which candidate a bare word decides, if any: a bare word answers our last message.

The edge assumes nothing that it cannot know: an owner who is asked again loses a moment, an owner
who is misread loses a post.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from domain.conversation.chat_memory import LastMessage, Recollection
from domain.decision import Outcome

_TIME_TO_READ = timedelta(seconds=5)
"""A word written sooner after a prompt might be about what was there before it."""

_TIME_TO_READ_AN_ANSWER = timedelta(seconds=3)
"""Owners watch the chat when an answer arrives, so a word that arrives sooner was typed before it.

With a prompt's five seconds, owners who answer a question at once would be asked again and again.
"""

_PROPOSED_FOR = timedelta(minutes=15)

_CHANGE_OF_MIND = timedelta(seconds=60)
"""For this long, a verdict that differs from the last one might be meant to correct it."""


def written_at(recollection: Recollection, key: str, received: datetime, dated: datetime | None) -> datetime:
    """Returns the latest moment when a message can have been written.

    That is the earlier of its date and its first receipt, because a phone's clock can be ahead.
    """
    first_received = recollection.first_received(key)
    return min(moment for moment in (received, first_received, dated) if moment)


def meant(recollection: Recollection, outcome: Outcome, written: datetime, *, needs_prompt: bool = False) -> str | None:
    """Returns the one candidate that a bare verdict can be about; None if that is not certain.

    What the chat was told is not enough: the candidate must also be open, and no other candidate
    may be known to have been asked about. A thumb `needs_prompt`: after any other message it might
    only mean that the message was read.
    """
    last, untold = recollection.last, recollection.untold
    if last is None or last.subject is None or last.arrived_at is None or last.is_proposal:
        return None
    if needs_prompt and not last.is_prompt:
        return None
    candidate_id = last.subject.candidate_id
    whole_since = recollection.whole_since(candidate_id)
    if untold != [candidate_id] or whole_since is None or _contradicts(recollection, outcome, written, last):
        return None
    time_to_read = _TIME_TO_READ_AN_ANSWER if last.is_answer else _TIME_TO_READ
    return candidate_id if written - max(whole_since, last.arrived_at) >= time_to_read else None


def proposal(recollection: Recollection, written: datetime) -> LastMessage | None:
    """Returns our last message if it proposes a text and `written` is in time to answer it."""
    last = recollection.last
    if last is None or not last.is_proposal:
        return None
    return last if written - (last.arrived_at or last.began_at) < _PROPOSED_FOR else None


def answers_proposal(recollection: Recollection, last: LastMessage, written: datetime) -> bool:
    """Returns whether the owner had time to read the proposal, and no prompt can have followed it.

    The prompt that the proposed text answered was there before, whenever a provider reports it.
    """
    if last.arrived_at is None or written - last.arrived_at < _TIME_TO_READ_AN_ANSWER:
        return False
    answered = last.subject.candidate_id if last.subject and last.subject.answers_prompt else None
    others = [shown for _, shown in recollection.shown if shown.candidate_id != answered]
    return all(shown.arrived_at and shown.arrived_at <= last.arrived_at for shown in others)


def decides_next(recollection: Recollection, candidate_id: str, over: Collection[str]) -> bool:
    """Returns whether a bare word would decide the candidate once the chat is asked about it.

    By then the chat is also told that the candidates in `over` have ended.
    """
    untold = [id_ for id_ in recollection.untold if id_ not in over]
    return untold == [candidate_id] and recollection.whole_since(candidate_id) is not None


def _contradicts(recollection: Recollection, outcome: Outcome, written: datetime, last: LastMessage) -> bool:
    """Returns whether a word might correct the verdict before it.

    It does not if we have asked since then which candidate is meant.
    """
    verdict = recollection.verdict
    if verdict is None or verdict.outcome is outcome or written - verdict.at >= _CHANGE_OF_MIND:
        return False
    return not (last.is_answer and last.began_at > verdict.at)
