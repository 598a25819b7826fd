"""Whom a candidate is addressed to: the owners that it names, or else its brand's; allowed ones only."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from domain.brand import Brand
from domain.candidate import Approver
from domain.channels import Channel
from domain.errors import NoChannelError, RecipientNotAllowedError
from domain.recipients import AllowedRecipients
from domain.submission import Submission


class Brands(Protocol):
    def of(self, brand_id: str) -> Brand:
        """Give what holds for a brand at this moment."""

    def is_owner(self, approver: Approver) -> bool:
        """Whether somebody is asked for any brand, without being named by a candidate."""


class Approvers:
    def __init__(self, brands: Brands, allowed: AllowedRecipients) -> None:
        self._brands = brands
        self._allowed = allowed

    def brand(self, brand_id: str) -> Brand:
        return self._brands.of(brand_id)

    def include(self, senders: Sequence[Approver]) -> bool:
        """Whether somebody is an owner whom a candidate need not name."""
        return any(map(self._brands.is_owner, senders))

    def of(self, submission: Submission, brand: Brand) -> tuple[Approver, ...]:
        """Give everybody to ask, on each channel of the brand; raises NoChannelError and RecipientNotAllowedError."""
        approvers = tuple(approver for channel in brand.channels for approver in _on(channel, submission, brand))
        if not approvers:
            raise NoChannelError(
                "nobody can be asked: give owner_whatsapp or owner_imessage of a channel that is configured, "
                "or configure OWNER_WA_NUMBER or PHOTON_TO, or owners in BRANDS_FILE"
            )
        if refused := _fields(approver for approver in approvers if not self._allowed.allows(approver)):
            raise RecipientNotAllowedError(
                f"{refused}: not among RECIPIENTS_ALLOWED; "
                "name an owner who is, or ask the gateway's operator to add this one"
            )
        if refused := _fields(approver for approver in approvers if not brand.may_ask(approver)):
            raise RecipientNotAllowedError(
                f"{refused}: not among the brand's owners; name none, or ask the gateway's operator to add this one"
            )
        return approvers


def _on(channel: Channel, submission: Submission, brand: Brand) -> Sequence[Approver]:
    named = submission.owners.get(channel)
    return [named] if named else brand.owners.get(channel, ())


def _fields(approvers: Iterable[Approver]) -> str:
    return " and ".join(dict.fromkeys(f"owner_{approver.channel}" for approver in approvers))
