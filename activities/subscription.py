"""Renews the subscription to the sidecar's incoming messages; a sidecar forgets it on restart."""

from datetime import timedelta
from typing import Protocol

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from domain.errors import SendError
from domain.temporal_names import ActivityType

_ELSEWHERE = timedelta(seconds=1)
_MOST_ATTEMPTS = 600
"""After ten minutes or more of attempts, no worker has a sidecar that answers."""


class Sidecar(Protocol):
    async def watch(self) -> bool:
        """Subscribes unless a subscription exists; returns whether it is new.

        Raises a SendError.
        """

    async def forward_unread(self) -> None:
        """Forwards earlier messages to the edge, which ignores those it has. Raises a SendError."""


class SubscriptionActivities:
    def __init__(self, sidecar: Sidecar | None) -> None:
        self._sidecar = sidecar

    @activity.defn(name=ActivityType.RENEW_SUBSCRIPTION)
    async def renew_subscription(self) -> bool:
        """Renews the subscription; returns False if iMessage is switched off in every worker.

        A worker without a sidecar leaves the renewal to one that has a sidecar: both kinds run
        while settings are rolled out.
        """
        attempt = activity.info().attempt
        if self._sidecar is None:
            return _left_to_others(attempt)
        try:
            is_new = await self._sidecar.watch()
            # An earlier attempt that failed may have subscribed, so only the first can rely on
            # `is_new`.
            if is_new or attempt > 1:
                await self._sidecar.forward_unread()
        except SendError as error:
            raise ApplicationError(str(error), type="SidecarUnavailable") from None
        return True


def _left_to_others(attempt: int) -> bool:
    if attempt >= _MOST_ATTEMPTS:
        return False
    raise ApplicationError(
        "iMessage is switched off in this worker",
        type="SwitchedOff",
        next_retry_delay=_ELSEWHERE,
        category=ApplicationErrorCategory.BENIGN,
    )
