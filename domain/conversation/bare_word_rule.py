"""A bare word answers the last thing that we said: which candidate it decides, if it decides any.

What the edge cannot know, it does not assume: an owner who is asked back loses a moment, one who is misread a post.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from domain.conversation.chat_memory import LastMessage, Recollection
from domain.decision import Outcome

_TIME_TO_READ = timedelta(seconds=5)
"""A word written sooner after a prompt may be about what was there before it."""

_TIME_TO_READ_AN_ANSWER = timedelta(seconds=3)
"""An answer comes while its owner looks at the chat: sooner comes only a word that was typed before it was there.

With the five seconds of a prompt, whoever answers a question at once would be asked again and again.
"""

_PROPOSED_FOR = timedelta(minutes=15)

_CHANGE_OF_MIND = timedelta(seconds=60)
"""For so long, another verdict than the last may be meant to correct it."""


def written_at(recollection: Recollection, key: str, received: datetime, dated: datetime | None) -> datetime:
    """Return when a message was written at the latest: by its date, or by its first receipt.

    A phone's clock that is ahead makes no message younger than its receipt.
    """
    first_received = recollection.first_received(key)
    return min(moment for moment in (received, first_received, dated) if moment)


def meant(recollection: Recollection, outcome: Outcome, written: datetime, *, needs_prompt: bool = False) -> str | None:
    """Name the one candidate that a bare verdict may be about, by what its chat was told; None if that is not certain.

    It is not decided by that alone: the candidate needs to be open, and no other may be known to have been asked about.
    A thumb `needs_prompt`: after anything but the prompt itself it may only mean that a message was read.
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
    """Return our last message if it proposes a text and what was written then comes in time to answer it."""
    last = recollection.last
    if last is None or not last.is_proposal:
        return None
    return last if written - (last.arrived_at or last.began_at) < _PROPOSED_FOR else None


def answers_proposal(recollection: Recollection, last: LastMessage, written: datetime) -> bool:
    """Whether who wrote then had time to read the proposal, and no prompt on its way may have come in after it.

    The prompt that the proposed text answered had come in before, whenever a provider says so.
    """
    if last.arrived_at is None or written - last.arrived_at < _TIME_TO_READ_AN_ANSWER:
        return False
    answered = last.subject.candidate_id if last.subject and last.subject.answers_prompt else None
    others = [shown for _, shown in recollection.shown if shown.candidate_id != answered]
    return all(shown.arrived_at and shown.arrived_at <= last.arrived_at for shown in others)


def decides_next(recollection: Recollection, candidate_id: str, over: Collection[str]) -> bool:
    """Whether a bare word would decide the candidate once the chat is asked about it, and told what is over."""
    untold = [id_ for id_ in recollection.untold if id_ not in over]
    return untold == [candidate_id] and recollection.whole_since(candidate_id) is not None


def _contradicts(recollection: Recollection, outcome: Outcome, written: datetime, last: LastMessage) -> bool:
    """Whether a word may correct the verdict before it; not if we asked since then which candidate is meant."""
    verdict = recollection.verdict
    if verdict is None or verdict.outcome is outcome or written - verdict.at >= _CHANGE_OF_MIND:
        return False
    return not (last.is_answer and last.began_at > verdict.at)
