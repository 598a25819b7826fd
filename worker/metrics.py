"""How the worker's metrics are served, and made to begin at 0."""

import sys

from temporalio.client import Client
from temporalio.common import MetricMeter
from temporalio.runtime import Runtime

from adapters import sdk_metrics, temporal
from domain import worker_metrics
from domain.identifiers import TASK_QUEUE
from workflows.approval import ApprovalWorkflow

_TAKEN = 1


def serving_runtime(port: int | None) -> Runtime:
    """Serve /metrics on every address of the machine, without a port nowhere; stop the process if it is taken."""
    if port is None:
        return temporal.runtime()
    buckets = {duration.name: duration.buckets for duration in worker_metrics.DURATIONS}
    try:
        return sdk_metrics.serving_runtime(f"0.0.0.0:{port}", buckets)
    except ValueError as error:
        sys.stderr.write(f"METRICS_PORT: nothing can be served on {port}; is it taken? ({error})\n")
        sys.exit(_TAKEN)


def begin(meter: MetricMeter, client: Client) -> None:
    """Let every series be there, with the labels that the meter of a run will give it."""
    in_runs = meter.with_additional_attributes(
        {"namespace": client.namespace, "task_queue": TASK_QUEUE, "workflow_type": ApprovalWorkflow.__name__}
    )
    for source, counts in (
        (in_runs, worker_metrics.COUNTED_IN_RUNS),
        (meter, worker_metrics.COUNTED_IN_ACTIVITIES),
    ):
        for count in counts:
            counter = source.create_counter(count.name, count.help)
            for labels in count.series:
                counter.add(0, labels)
