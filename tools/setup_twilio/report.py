"""What became of one thing that the gateway needs at Twilio."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Report:
    """`is_right` if nothing is left to do: waiting for WhatsApp is not doing."""

    subject: str
    says: str
    is_right: bool
