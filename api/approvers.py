"""Whom a candidate is addressed to: the owners that it names, or else the gateway's own; allowed ones only."""

from collections.abc import Mapping, Sequence

from api.schemas import CandidateIn
from domain.candidate import Approver, Channel
from domain.errors import NoChannelError, RecipientNotAllowedError
from domain.recipients import AllowedRecipients


class Approvers:
    def __init__(
        self, channels: Sequence[Channel], fallbacks: Mapping[Channel, Approver], allowed: AllowedRecipients
    ) -> None:
        self._channels = channels
        self._fallbacks = fallbacks
        self._allowed = allowed

    def of(self, request: CandidateIn) -> tuple[Approver, ...]:
        """Give one approver for each channel that can ask; raises NoChannelError and RecipientNotAllowedError."""
        named = [request.approver(channel) or self._fallbacks.get(channel) for channel in self._channels]
        approvers = tuple(approver for approver in named if approver)
        if not approvers:
            raise NoChannelError(
                "nobody can be asked: give owner_whatsapp or owner_imessage of a channel that is configured, "
                "or configure OWNER_WA_NUMBER or PHOTON_TO"
            )
        if refused := [f"owner_{approver.channel}" for approver in approvers if not self._allowed.allows(approver)]:
            raise RecipientNotAllowedError(
                f"{' and '.join(refused)}: not among RECIPIENTS_ALLOWED; "
                "name an owner who is, or ask the gateway's operator to add this one"
            )
        return approvers
