"""The subscription to the sidecar's incoming messages, which it forgets when it restarts."""

from typing import Protocol

from temporalio import activity
from temporalio.exceptions import ApplicationError

from domain.errors import SendError


class Sidecar(Protocol):
    async def watch(self) -> None:
        """Subscribe, or find the subscription alive; raises a SendError."""


class SubscriptionActivities:
    def __init__(self, sidecar: Sidecar | None) -> None:
        self._sidecar = sidecar

    @activity.defn
    async def renew_subscription(self) -> bool:
        """Repeatable. False if iMessage is switched off, so that there is nothing to renew."""
        if self._sidecar is None:
            return False
        try:
            await self._sidecar.watch()
        except SendError as error:
            raise ApplicationError(str(error), type="SidecarUnavailable") from None
        return True
