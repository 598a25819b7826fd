"""The names of a candidate in everything that an owner reads: its number, and its first words."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from domain.candidate import Candidate, Platform
from domain.conversation.numbers import longer_number, number_of
from domain.writing.wording import local_clock, one_line, quoted, shortened, time_left

PLATFORMS: Mapping[Platform, str] = {Platform.X: "X", Platform.REDDIT: "Reddit", Platform.LINKEDIN: "LinkedIn"}

_FIRST_WORDS = 40
"""Characters of a draft; a phone's notification shows hardly more."""

_LONGEST_NAME = 40

_LIST_OR_QUOTE = re.compile(r"(?:[-*•>]|\d+\.)(?:\s|$)")


def title(candidate: Candidate) -> str:
    """Returns the brand, the platform and the number: `Acme on X · 4821`."""
    return f"{place(candidate)} · {number_of(candidate.id)}"


def place(candidate: Candidate) -> str:
    """Returns the brand and the platform: `Acme on X`.

    A message begins with it, so a name that WhatsApp would read as a list or a quote has quotation
    marks.
    """
    brand = shortened(one_line(candidate.brand_name or "") or candidate.brand_id, _LONGEST_NAME)
    named = quoted(brand) if _LIST_OR_QUOTE.match(brand) else brand
    return f"{named} on {PLATFORMS[candidate.platform]}"


def label(candidate: Candidate) -> str:
    """Returns the number and the first words: `4821 “We hear you…”`."""
    return f"{number_of(candidate.id)} {first_words(candidate)}"


def listed(candidate: Candidate, now: datetime, *, is_ambiguous: bool = False) -> str:
    """Describes an open candidate in one line; with more digits if another one has its number."""
    number = longer_number(candidate.id) if is_ambiguous else number_of(candidate.id)
    return f"{number} · {place(candidate)} · {first_words(candidate)} · {time_left(candidate.deadline - now)} left"


def until(candidate: Candidate, now: datetime) -> str:
    """Says by when to decide, and how long that is: `17:53 (14 min)`."""
    return f"{ended_at(candidate, now)} ({time_left(max(candidate.deadline - now, timedelta(0)))})"


def term(candidate: Candidate) -> str:
    """Says by when to decide, in a prompt that goes out at once: `17:53 (15 min)`."""
    return until(candidate, candidate.accepted_at)


def late_term(candidate: Candidate) -> str:
    """Says by when to decide, in a prompt that goes out at an unknown time: `17:53`."""
    return ended_at(candidate, candidate.accepted_at)


def ended_at(candidate: Candidate, now: datetime) -> str:
    return local_clock(candidate.deadline, now, candidate.utc_offset)


def first_words(candidate: Candidate) -> str:
    return quoted(shortened(one_line(candidate.proposed_text), _FIRST_WORDS))
