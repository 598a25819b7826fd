"""Answers to an owner who writes STOP or START."""

from collections.abc import Sequence

from domain.candidate import Candidate
from domain.conversation.numbers import number_of
from domain.writing.lists import MOST_LISTED, soonest_first


def opted_out(candidates: Sequence[Candidate]) -> str:
    """Says that a chat gets no more drafts, and which open ones that affects."""
    numbers = ", ".join(number_of(candidate.id) for candidate in soonest_first(candidates)[:MOST_LISTED])
    more = len(candidates) - MOST_LISTED
    ends = f" No longer decided here: {numbers}{f' and {more} more' if more > 0 else ''}." if candidates else ""
    return f"No more drafts come here.{ends} Send START to get them again."


def not_here_since_stop(candidate: Candidate) -> str:
    """Answers a message about a candidate that ended in this chat because its owner wrote STOP."""
    number = number_of(candidate.id)
    return f"{number} is no longer decided here, because you sent STOP. Send START to get drafts here again."


def opted_in() -> str:
    return "Drafts come here again, from the next one on."
