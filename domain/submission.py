"""A candidate as core submits it, before the edge accepts it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from domain.candidate import Approver, Candidate, Draft
from domain.channels import Channel

_RULES_OF_LATER_FIELDS = 2
"""The first rules whose release reads the post's text and author, and what a candidate replaces."""


@dataclass(frozen=True)
class Submission:
    """A draft, with what core requests for it.

    `owners` are the approvers that the request names. `time_to_decide` is the requested time, and
    `is_time_named` says whether core wrote it down. `content_hash` is equal for two submissions
    that agree in the fields of the first release.
    """

    draft: Draft
    owners: Mapping[Channel, Approver]
    time_to_decide: timedelta
    is_time_named: bool
    content_hash: str

    def repeats(self, accepted: Candidate, content_hash: str) -> bool:
        """Returns whether a candidate was accepted for the same submission.

        Only the fields that the accepting release read count.
        """
        later = {(draft.source_text, draft.source_author, draft.replaces) for draft in (accepted, self.draft)}
        return content_hash == self.content_hash and (accepted.rules < _RULES_OF_LATER_FIELDS or len(later) == 1)
