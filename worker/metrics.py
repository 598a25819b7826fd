"""Serves the worker's metrics, and starts every series at 0."""

import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import cast
from urllib.parse import urlsplit

from temporalio.client import Client
from temporalio.common import MetricMeter
from temporalio.runtime import Runtime

from adapters.http import listening
from adapters.temporal import connection as temporal
from adapters.temporal import sdk_metrics
from domain import worker_metrics
from domain.identifiers import TASK_QUEUE
from domain.temporal_names import WorkflowType

_TAKEN = 1

BUCKETS = {duration.name: duration.buckets for duration in worker_metrics.DURATIONS}


@asynccontextmanager
async def served(
    hosts: Sequence[str], port: int | None, answer: Callable[[bytes], bytes | None]
) -> AsyncIterator[Runtime]:
    """Serves /metrics at these addresses while entered.

    `answer` can answer a request itself, given its head. Without a port, nothing is served. If the
    port is taken, the process exits.
    """
    if port is None:
        yield temporal.runtime()
        return
    try:
        sockets = listening.bind(hosts, port)
    except OSError as error:
        where = f"port {port} of {', '.join(hosts)}"
        sys.stderr.write(f"HOST, METRICS_PORT: cannot listen on {where} ({error.strerror})\n")
        sys.exit(_TAKEN)
    measured = sdk_metrics.loopback_runtime(BUCKETS)
    async with listening.passed_on(sockets, cast("int", urlsplit(measured.url).port), answer):
        yield measured.runtime


def begin(meter: MetricMeter, client: Client) -> None:
    """Creates every series at 0, with the labels that a run's meter will add."""
    in_runs = meter.with_additional_attributes(
        {"namespace": client.namespace, "task_queue": TASK_QUEUE, "workflow_type": WorkflowType.APPROVAL}
    )
    for source, counts in (
        (in_runs, worker_metrics.COUNTED_IN_RUNS),
        (meter, worker_metrics.COUNTED_IN_ACTIVITIES),
    ):
        for count in counts:
            counter = source.create_counter(count.name, count.help)
            for labels in count.series:
                counter.add(0, labels)
