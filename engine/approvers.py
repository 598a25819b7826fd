"""Works out whom a candidate asks: the owners it names, or else its brand's; only allowed ones."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from domain.candidate import Approver
from domain.channels import Channel
from domain.errors import NoChannelError, RecipientNotAllowedError
from domain.owners.brand import Brand
from domain.owners.recipients import AllowedRecipients
from domain.submission import Submission


class BrandBook(Protocol):
    """The brands as operators have configured them; the configuration can change at any moment."""

    def of(self, brand_id: str) -> Brand:
        """Returns a brand's current configuration."""

    def is_owner(self, approver: Approver) -> bool:
        """Returns whether any brand asks this approver even if no candidate names them."""


def approvers_of(submission: Submission, brand: Brand, allowed: AllowedRecipients) -> tuple[Approver, ...]:
    """Returns everyone to ask, on each channel of the brand.

    Raises NoChannelError and RecipientNotAllowedError.
    """
    approvers = tuple(approver for channel in brand.channels for approver in _on(channel, submission, brand))
    if not approvers:
        raise NoChannelError(
            "nobody can be asked: send owner_whatsapp or owner_imessage for a channel that is configured, "
            "or configure OWNER_WA_NUMBER or PHOTON_TO, or owners in BRANDS_FILE"
        )
    if refused := _fields(approver for approver in approvers if not allowed.allows(approver)):
        raise RecipientNotAllowedError(
            f"{refused}: not among RECIPIENTS_ALLOWED; "
            "name an owner who is, or ask the gateway's operator to add this one"
        )
    if refused := _fields(approver for approver in approvers if not brand.may_ask(approver)):
        raise RecipientNotAllowedError(
            f"{refused}: not among the brand's owners; leave it out, or ask the gateway's operator to add this one"
        )
    return approvers


def _on(channel: Channel, submission: Submission, brand: Brand) -> Sequence[Approver]:
    named = submission.owners.get(channel)
    return [named] if named else brand.owners.get(channel, ())


def _fields(approvers: Iterable[Approver]) -> str:
    return " and ".join(dict.fromkeys(f"owner_{approver.channel}" for approver in approvers))
