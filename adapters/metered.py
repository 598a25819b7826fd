"""The activities' collaborators, with each use counted by the SDK's meter."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from redis.asyncio import Redis
from temporalio.common import MetricCounter, MetricMeter

from adapters.core import CoreDecisions
from adapters.photon.sidecar import PhotonSidecar, PhotonSubscription
from adapters.redis.chats import RedisChats
from adapters.redis.hints import RedisHints
from adapters.redis.slots import RedisSlots
from adapters.twilio.messages import TwilioMessages
from domain import worker_metrics
from domain.candidate import Approver
from domain.decision import Decision
from domain.errors import CallbackPostponedError, CallbackRefusedError, RedisUnavailableError, SendError
from domain.sending.content_kinds import Content, ContentKind
from domain.sending.message_search import FoundMessage, MessageSearch
from domain.sending.provider_codes import code_class
from domain.sending.slots import SlotAnswer, SlotQuestion
from domain.worker_metrics import Count


class MeteredSlots:
    """Satisfies the activities' Slots."""

    def __init__(self, slots: RedisSlots, meter: MetricMeter) -> None:
        self._slots = slots
        self._errors = _counter(meter, worker_metrics.REDIS_ERRORS)

    async def ask(self, question: SlotQuestion) -> SlotAnswer:
        with self._counted("ask_slot"):
            return await self._slots.ask(question)

    async def leave(self, question: SlotQuestion) -> None:
        with self._counted("leave_queue"):
            await self._slots.leave(question)

    @contextmanager
    def _counted(self, operation: str) -> Iterator[None]:
        try:
            yield
        except RedisUnavailableError:
            self._errors.add(1, {"operation": operation})
            raise


class MeteredChats(RedisChats):
    """Satisfies the activities' SendNotes."""

    def __init__(self, redis: Redis, meter: MetricMeter) -> None:
        errors = _counter(meter, worker_metrics.REDIS_ERRORS)
        super().__init__(redis, lambda operation: errors.add(1, {"operation": operation}))


class MeteredHints(RedisHints):
    """Satisfies the activities' DecisionHints."""

    def __init__(self, redis: Redis, meter: MetricMeter) -> None:
        errors = _counter(meter, worker_metrics.REDIS_ERRORS)
        super().__init__(redis, lambda operation: errors.add(1, {"operation": operation}))


class MeteredDecisions:
    """Satisfies the activities' DecisionReceiver."""

    def __init__(self, core: CoreDecisions, meter: MetricMeter) -> None:
        self._core = core
        self._attempts = _counter(meter, worker_metrics.CALLBACK_ATTEMPTS)
        duration = worker_metrics.CALLBACK_DURATION
        self._duration = meter.create_histogram_timedelta(duration.name, duration.help)

    async def deliver(
        self, candidate_id: str, decision: Decision, *, brand_id: str | None = None, source_ref: str | None = None
    ) -> None:
        began = time.monotonic()
        try:
            await self._core.deliver(candidate_id, decision, brand_id=brand_id, source_ref=source_ref)
        except CallbackPostponedError:
            self._ended(began, "postponed")
            raise
        except CallbackRefusedError:
            self._ended(began, "refused")
            raise
        self._ended(began, "delivered")

    def _ended(self, began: float, result: str) -> None:
        self._attempts.add(1, {"result": result})
        self._duration.record(timedelta(seconds=time.monotonic() - began))


class MeteredMessenger:
    """Satisfies the activities' Messenger."""

    def __init__(self, messenger: TwilioMessages | PhotonSidecar, provider: str, meter: MetricMeter) -> None:
        self._messenger = messenger
        self._provider = provider
        self._errors = _counter(meter, worker_metrics.PROVIDER_ERRORS)

    def has(self, kind: ContentKind) -> bool:
        return self._messenger.has(kind)

    async def send(
        self,
        to: Approver,
        text: str,
        *,
        template: tuple[str, ...] | None = None,
        content: Content | None = None,
        status_path: str | None = None,
    ) -> str | None:
        try:
            return await self._messenger.send(to, text, template=template, content=content, status_path=status_path)
        except SendError as error:
            _count_error(self._errors, self._provider, error)
            raise


class MeteredFinder:
    """Satisfies the activities' MessageFinder."""

    def __init__(self, twilio: TwilioMessages, meter: MetricMeter) -> None:
        self._twilio = twilio
        self._errors = _counter(meter, worker_metrics.PROVIDER_ERRORS)

    async def find(self, search: MessageSearch) -> list[FoundMessage]:
        try:
            return await self._twilio.find(search)
        except SendError as error:
            _count_error(self._errors, "twilio", error)
            raise


class MeteredSidecar:
    """Satisfies the activities' Sidecar."""

    def __init__(self, sidecar: PhotonSubscription, meter: MetricMeter) -> None:
        self._sidecar = sidecar
        self._errors = _counter(meter, worker_metrics.PROVIDER_ERRORS)
        self._renewals = _counter(meter, worker_metrics.RENEWALS)
        self._renewed_at = meter.create_gauge_float(
            worker_metrics.RENEWED_AT, "When this worker last renewed the subscription, in seconds since 1970"
        )

    async def watch(self) -> bool:
        try:
            is_new = await self._sidecar.watch()
        except SendError as error:
            _count_error(self._errors, "photon", error)
            self._renewals.add(1, {"result": "failed"})
            raise
        self._renewals.add(1, {"result": "renewed"})
        self._renewed_at.set(time.time())
        return is_new

    async def forward_unread(self) -> None:
        await self._sidecar.forward_unread()


def _count_error(errors: MetricCounter, provider: str, error: SendError) -> None:
    if error.code:
        errors.add(1, {"provider": provider, "code_class": code_class(error.code)})


def _counter(meter: MetricMeter, count: Count) -> MetricCounter:
    return meter.create_counter(count.name, count.help)
