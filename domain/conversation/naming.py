"""How a candidate is named in anything that an owner reads: by its number, and by the first words of its draft."""

from datetime import datetime, timedelta

from domain.candidate import Candidate, Platform
from domain.conversation.numbers import longer_number, number_of
from domain.conversation.wording import local_clock, one_line, time_left

_FIRST_WORDS = 40
"""Characters of a draft; a phone's notification shows hardly more."""

_PLATFORMS = {Platform.X: "X", Platform.REDDIT: "Reddit", Platform.LINKEDIN: "LinkedIn"}


def title(candidate: Candidate) -> str:
    """Name the brand, the platform and the number: `Acme on X · 4821`."""
    return f"{place(candidate)} · {number_of(candidate.id)}"


def place(candidate: Candidate) -> str:
    """Name the brand and the platform: `Acme on X`."""
    return f"{one_line(candidate.brand_name or candidate.brand_id)} on {_PLATFORMS[candidate.platform]}"


def label(candidate: Candidate) -> str:
    """Name the number and the first words: `4821 “We hear you…”`."""
    return f"{number_of(candidate.id)} {first_words(candidate)}"


def listed(candidate: Candidate, now: datetime, *, is_ambiguous: bool = False) -> str:
    """Describe an open candidate in one line; with more digits where its number alone is another's too."""
    number = longer_number(candidate.id) if is_ambiguous else number_of(candidate.id)
    return f"{number} · {place(candidate)} · {first_words(candidate)} · {time_left(candidate.deadline - now)} left"


def until(candidate: Candidate, now: datetime) -> str:
    """Say by when it must be decided, and how long that is: `17:53 (14 min)`."""
    ends = local_clock(candidate.deadline, now, candidate.utc_offset)
    return f"{ends} ({time_left(max(candidate.deadline - now, timedelta(0)))})"


def ended_at(candidate: Candidate, now: datetime) -> str:
    return local_clock(candidate.deadline, now, candidate.utc_offset)


def first_words(candidate: Candidate) -> str:
    words = one_line(candidate.proposed_text)
    if len(words) > _FIRST_WORDS:
        cut = words[:_FIRST_WORDS]
        words = f"{cut.rpartition(' ')[0] or cut}…"
    return f"“{words}”"
