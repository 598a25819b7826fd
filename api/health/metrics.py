"""The edge's metrics."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Protocol

from fastapi import FastAPI
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    Metric,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from prometheus_fastapi_instrumentator import Instrumentator
from prometheus_fastapi_instrumentator import metrics as http_metrics
from prometheus_fastapi_instrumentator.metrics import Info
from temporalio.common import MetricMeter

from api.health import engine_readings
from api.health.readings import Read, Reading, Sample
from domain.channels import Channel
from domain.conversation.chat_memory import Brake
from domain.errors import RedisUnavailableError
from domain.worker_metrics import REDIS_ERRORS
from engine.awaited import WaitEnd
from engine.replies.not_understood import Misunderstanding

REDIS_MEMORY, REDIS_MEMORY_MAX = "gateway_redis_memory_bytes", "gateway_redis_memory_max_bytes"
VANISHED_BRANDS = "gateway_brands_vanished"
COUNT_CLIENT, READ_MEMORY = "count_client", "read_memory"
READ_CHAT, NOTE_CHAT = "read_chat", "note_chat"
FOLLOW_HINTS = "follow_hints"

_GAUGES = {
    engine_readings.OPEN: "Candidates that are not decided",
    engine_readings.PARKED: "Decisions that core did not accept and that wait for an operator",
    engine_readings.ENDED: "Candidates whose run ended without a decision within the last day",
    engine_readings.POLLERS: "Workers that asked Temporal for work within the last 75 s",
    engine_readings.BACKLOG: "Tasks that wait for a worker",
    engine_readings.SKEW: "How far Temporal's clock is ahead of this process's; negative: behind",
    REDIS_MEMORY: "Memory that Redis uses",
    REDIS_MEMORY_MAX: "Memory that Redis can use; 0: no limit",
    VANISHED_BRANDS: "Brands removed from BRANDS_FILE whose last rules are still in use",
}
_UNCOUNTED = ["/metrics", "/static-offline-docs.*"]
_BOUNDS_BY_ROUTE_SEC = (0.1, 0.5, 1, 2.5, 5, 10)
_BOUNDS_OF_WAITS_SEC = (0.1, 0.5, 1, 2.5, 5, 10, 20, 30, 40, 51, 60)
_WAITS = "?wait"
"""Marks the route of a waiting request, whose duration is not the edge's latency."""
_CANDIDATES = "/candidate"
_CANDIDATE_RESULTS = {"accepted": "accepted", "duplicate": "known"}
_REFUSALS = {"409", "413", "422"}
_WEBHOOKS = {
    "/webhooks/whatsapp": "whatsapp",
    "/webhooks/whatsapp/status/{candidate_id}/{attempt}": "whatsapp_status",
    "/webhooks/imessage": "imessage",
}
_REASONS = {
    "401": "secret",
    "403": "signature",
    "408": "too_slow",
    "413": "too_long",
    "422": "malformed",
    "429": "rate_limit",
}


_SPLICED = "spliced"


class Memory(Protocol):
    """Bytes used, and the most that can be used; 0 means no limit."""

    @property
    def used(self) -> int: ...

    @property
    def most(self) -> int: ...


class EdgeMetrics(Collector):
    """The metrics of one edge. Each of several edges reports the gauges read from elsewhere."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # they would double the number of series
        self._registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self._registry)
        self._candidates = self._counter("gateway_candidates", "Candidates that core posted", "result")
        self._rejects = self._counter(
            "gateway_webhook_rejects", "Webhook requests that were rejected", "webhook", "reason"
        )
        self._unanswered = self._counter(
            "gateway_unanswered_messages",
            "Messages from owners that got no answer because there were too many",
            "brake",
        )
        self._not_understood = self._counter(
            "gateway_replies_not_understood", "Replies that were answered and decided nothing", "channel", "kind"
        )
        self._opt_outs = self._counter("gateway_opt_outs", "Owners who wrote STOP")
        self._strangers = self._counter(
            "gateway_unknown_senders", "Messages from people who were never asked", "channel"
        )
        self._waits = Histogram(
            "gateway_wait_seconds",
            "How long requests waited for a decision",
            ["end"],
            buckets=_BOUNDS_OF_WAITS_SEC,
            registry=self._registry,
        )
        self._waiting = Gauge("gateway_waiting_requests", "Requests that wait for a decision", registry=self._registry)
        self._places = Gauge(
            "gateway_waiting_places", "Requests that can wait at the same time", registry=self._registry
        )
        for end in WaitEnd:
            self._waits.labels(end.value)
        for channel in Channel:
            self._strangers.labels(channel.value)
            for kind in Misunderstanding:
                self._not_understood.labels(channel.value, kind.value)
        for brake in Brake:
            self._unanswered.labels(brake.value)
        for result in ("accepted", "known", "refused"):
            self._candidates.labels(result)
        for webhook in _WEBHOOKS.values():
            for reason in (*_REASONS.values(), _SPLICED):
                self._rejects.labels(webhook, reason)
        self._readings: Sequence[Reading] = ()
        self._registry.register(self)

    def instrument(self, app: FastAPI) -> None:
        """Counts requests by route, so that invented paths cannot add labels."""
        requests = http_metrics.default(latency_lowr_buckets=_BOUNDS_BY_ROUTE_SEC, registry=self._registry)
        Instrumentator(excluded_handlers=_UNCOUNTED, body_handlers=[f"^{_CANDIDATES}$"], registry=self._registry).add(
            _name_waits, requests, self._count
        ).instrument(app)

    def count_redis_errors(self, meter: MetricMeter) -> None:
        """Counts Redis errors with the SDK's meter.

        A worker in the same process uses the same counter.
        """
        self._redis_errors = meter.create_counter(REDIS_ERRORS.name, REDIS_ERRORS.help)
        for operation in (COUNT_CLIENT, READ_MEMORY, READ_CHAT, NOTE_CHAT, FOLLOW_HINTS):
            self._redis_errors.add(0, {"operation": operation})

    def show_waiting(self, count: Callable[[], int], places: int) -> None:
        self._waiting.set_function(count)
        self._places.set(places)

    def waited(self, end: WaitEnd, lasted: timedelta) -> None:
        self._waits.labels(end.value).observe(lasted.total_seconds())

    def show(self, fetch_sdk: Callable[[], Awaitable[str]], *readings: Reading) -> None:
        """Adds the SDK's metrics and these readings to each scrape."""
        self._fetch_sdk = fetch_sdk
        self._readings = readings

    async def text(self) -> str:
        """Returns all metrics in Prometheus's text format, including the SDK's."""
        refreshed = asyncio.gather(*(reading.refresh() for reading in self._readings))
        sdk = await self._fetch_sdk()
        await refreshed
        return generate_latest(self._registry).decode() + sdk

    def redis_memory(self, read: Callable[[], Awaitable[Memory]]) -> Read:
        """Returns a reading of the memory that Redis uses and can use; failures are counted."""

        async def counted() -> Sequence[Sample]:
            try:
                memory = await read()
            except RedisUnavailableError:
                self.redis_failed(READ_MEMORY)
                raise
            return [Sample(REDIS_MEMORY, memory.used), Sample(REDIS_MEMORY_MAX, memory.most)]

        return counted

    @staticmethod
    def vanished_brands(count: Callable[[], int]) -> Read:
        """Returns a reading of the brands that are kept although BRANDS_FILE lacks them."""

        async def counted() -> Sequence[Sample]:
            return [Sample(VANISHED_BRANDS, count())]

        return counted

    def redis_failed(self, operation: str) -> None:
        self._redis_errors.add(1, {"operation": operation})

    def quiet(self, brake: Brake) -> None:
        self._unanswered.labels(brake.value).inc()

    def opted_out(self) -> None:
        self._opt_outs.inc()

    def stranger(self, channel: Channel) -> None:
        self._strangers.labels(channel.value).inc()

    def not_understood(self, channel: Channel, kind: Misunderstanding) -> None:
        self._not_understood.labels(channel.value, kind.value).inc()

    def collect(self) -> Iterator[Metric]:
        samples = [sample for reading in self._readings for sample in reading.samples]
        for name, description in _GAUGES.items():
            family = GaugeMetricFamily(name, description)
            for sample in samples:
                if sample.gauge == name:
                    family.add_sample(name, dict(sample.labels), sample.value)
            if family.samples:
                yield family

    def _count(self, answered: Info) -> None:
        """Counts answers by route. Only this sees rejections by middleware and validation."""
        route, status = answered.modified_handler, str(answered.response.status_code) if answered.response else ""
        if route in _WEBHOOKS and status in _REASONS:
            is_spliced = getattr(answered.request.state, "is_spliced", False)
            self._rejects.labels(_WEBHOOKS[route], _SPLICED if is_spliced else _REASONS[status]).inc()
        if route == _CANDIDATES and status in _REFUSALS:
            self._candidates.labels("refused").inc()
        if route == _CANDIDATES and status == "202" and answered.response:
            with suppress(ValueError, KeyError):
                self._candidates.labels(_CANDIDATE_RESULTS[json.loads(bytes(answered.response.body))["status"]]).inc()

    def _counter(self, name: str, description: str, *labels: str) -> Counter:
        return Counter(name, description, labels, registry=self._registry)


def _name_waits(answered: Info) -> None:
    if getattr(answered.request.state, "is_wait", False):
        answered.modified_handler += _WAITS
