"""The result for one content or setting at Twilio."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Report:
    """`is_right` if the operator has nothing left to do but wait for WhatsApp."""

    subject: str
    says: str
    is_right: bool
