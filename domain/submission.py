"""What core asks for: a candidate before it is accepted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from domain.candidate import Approver, Candidate, Draft
from domain.channels import Channel

_RULES_OF_LATER_FIELDS = 2
"""Those of the first release that reads what is said of the post, and what a candidate replaces."""


@dataclass(frozen=True)
class Submission:
    """A draft, and what core asks for it.

    `owners` are those that it names; `time_to_decide` is wanted, and `is_time_named` says that core wrote it down.
    `content_hash` is equal for two submissions that say the same in the fields of the first release.
    """

    draft: Draft
    owners: Mapping[Channel, Approver]
    time_to_decide: timedelta
    is_time_named: bool
    content_hash: str

    def repeats(self, accepted: Candidate, content_hash: str) -> bool:
        """Whether it says what a candidate was accepted for, as far as the release that accepted it read it."""
        later = {(draft.source_text, draft.source_author, draft.replaces) for draft in (accepted, self.draft)}
        return content_hash == self.content_hash and (accepted.rules < _RULES_OF_LATER_FIELDS or len(later) == 1)
