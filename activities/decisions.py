"""Delivers decisions to core."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from temporalio import activity
from temporalio.exceptions import ApplicationError

from domain.decision import Decision
from domain.errors import CallbackMisdirectedError, CallbackPostponedError, CallbackRefusedError
from domain.temporal_names import ActivityType

_MISDIRECTED_FOR = timedelta(minutes=10)
_LONGEST_PAUSE = timedelta(minutes=1)


@dataclass(frozen=True)
class DecisionDelivery:
    """A decision, and the draft that it is about.

    `brand_id` and `source_ref` are None in what an earlier version scheduled.
    """

    candidate_id: str
    decision: Decision
    brand_id: str | None = None
    source_ref: str | None = None


class DecisionReceiver(Protocol):
    async def deliver(
        self, candidate_id: str, decision: Decision, *, brand_id: str | None = None, source_ref: str | None = None
    ) -> None:
        """Delivers in one attempt; raises a CallbackError."""


class DecisionHints(Protocol):
    async def publish(self, candidate_id: str) -> None:
        """Tells waiting requests of a decision. Takes at most half a second, and never fails."""


class DecisionActivities:
    def __init__(self, core: DecisionReceiver, hints: DecisionHints) -> None:
        self._core = core
        self._hints = hints

    @activity.defn(name=ActivityType.DELIVER_DECISION)
    async def deliver_decision(self, delivery: DecisionDelivery) -> None:
        """Posts the decision to core. Retries are safe: core recognizes them by the webhook id."""
        await self._hints.publish(delivery.candidate_id)
        try:
            await self._core.deliver(
                delivery.candidate_id,
                delivery.decision,
                brand_id=delivery.brand_id,
                source_ref=delivery.source_ref,
            )
        except CallbackMisdirectedError as error:
            raise _misdirected(error) from None
        except CallbackPostponedError as error:
            raise ApplicationError(str(error), type="CallbackPostponed", next_retry_delay=error.retry_after) from None
        except CallbackRefusedError as error:
            raise ApplicationError(str(error), type="CallbackRefused", non_retryable=True) from None


def _misdirected(error: CallbackMisdirectedError) -> ApplicationError:
    """Retries a refusal that may be a proxy's for ten minutes, at most a minute apart.

    Heartbeat details keep the time of the first refusal from one attempt to the next.
    """
    info = activity.info()
    now = info.current_attempt_scheduled_time
    since = datetime.fromisoformat(info.heartbeat_details[0]) if info.heartbeat_details else now
    if now - since >= _MISDIRECTED_FOR:
        return ApplicationError(str(error), type="CallbackRefused", non_retryable=True)
    activity.heartbeat(since.isoformat())
    pause = error.retry_after or timedelta(seconds=2 ** min(info.attempt - 1, 6))
    return ApplicationError(str(error), type="CallbackPostponed", next_retry_delay=min(pause, _LONGEST_PAUSE))
