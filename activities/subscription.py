"""The subscription to the sidecar's incoming messages, which it forgets when it restarts."""

from datetime import timedelta
from typing import Protocol

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from domain.errors import SendError
from domain.temporal_names import ActivityType

_ELSEWHERE = timedelta(seconds=1)
_MOST_ATTEMPTS = 600
"""After so many, ten minutes or more, no worker has a sidecar, or none that answers."""


class Sidecar(Protocol):
    async def watch(self) -> bool:
        """Subscribe, or find the subscription alive; whether it is a new one. Raises a SendError."""

    async def deliver_unread(self) -> None:
        """Hand the edge what came before; what it has already has no effect. Raises a SendError."""


class SubscriptionActivities:
    def __init__(self, sidecar: Sidecar | None) -> None:
        self._sidecar = sidecar

    @activity.defn(name=ActivityType.RENEW_SUBSCRIPTION)
    async def renew_subscription(self) -> bool:
        """Repeatable. False if iMessage is switched off everywhere, so that there is nothing to renew.

        A worker without a sidecar leaves it to one that has one: while settings are rolled out, both kinds run.
        """
        attempt = activity.info().attempt
        if self._sidecar is None:
            return _left_to_others(attempt)
        try:
            is_new = await self._sidecar.watch()
            # An attempt that failed may have subscribed: only the first one knows that it did not.
            if is_new or attempt > 1:
                await self._sidecar.deliver_unread()
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
