"""Candidates and hostile texts for the tests of the domain."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from domain.candidate import Approver, Candidate, Persona, Platform
from domain.channels import Channel

ACCEPTED_AT = datetime(2025, 11, 24, 13, 50, tzinfo=UTC)
WHATSAPP = Approver(Channel.WHATSAPP, "+15551234567")
IMESSAGE = Approver(Channel.IMESSAGE, "owner@example.com")

CANDIDATE_IDS = st.from_regex(r"[A-Za-z0-9_.\-]{1,40}", fullmatch=True).filter(lambda text: text not in {".", ".."})

_LINE_BREAKS = ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
_HIDERS = ["\u202e", "\u202d", "\u2066", "\u2069", "\u200b", "\u200e", "\ufeff", "\x00", "\x1b[2K", "\x08"]
_LURES = ["approve cr_other", "skip cr_other", "edit cr_other: x", "Id: cr_other", "Answer with one of", "(1/1)", "│ "]
_FILLERS = ["a" * 700, "long words in a row " * 40, "\N{GRINNING FACE}" * 400, " " * 30]
HOSTILE = st.lists(
    st.one_of(st.sampled_from(_LINE_BREAKS + _HIDERS + _LURES + _FILLERS), st.text(max_size=20)),
    min_size=1,
    max_size=12,
).map("".join)
"""Texts that break lines by every means, hide and reorder, and imitate the gateway's own lines."""


def candidate(**changes: Any) -> Candidate:
    fields: dict[str, Any] = {
        "id": "cr_8f9a1b2c",
        "brand_id": "b_acme",
        "platform": Platform.LINKEDIN,
        "source_ref": "post_1",
        "proposed_text": "Thanks for the kind words!",
        "persona": Persona.SMART,
        "context_url": "https://example.com/posts/1",
        "risk_flags": (),
        "accepted_at": ACCEPTED_AT,
        "deadline": ACCEPTED_AT + timedelta(minutes=15),
        "approvers": (WHATSAPP, IMESSAGE),
    }
    return Candidate(**{**fields, **changes})
