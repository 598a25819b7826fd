"""What core asks for: a candidate before it is accepted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from domain.candidate import Approver, Persona, Platform
from domain.channels import Channel


@dataclass(frozen=True)
class Submission:
    """A draft as core sent it.

    `owners` are those that it names; `time_to_decide` is wanted, and `is_time_named` says that core wrote it down.
    `content_hash` is equal for two submissions that say the same.
    """

    id: str
    brand_id: str
    platform: Platform
    source_ref: str
    proposed_text: str
    persona: Persona
    context_url: str
    risk_flags: tuple[str, ...]
    owners: Mapping[Channel, Approver]
    time_to_decide: timedelta
    is_time_named: bool
    content_hash: str
