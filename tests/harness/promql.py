"""The series that a PromQL expression selects, and the series that exist."""

import re
from collections.abc import Iterator

import promql_parser

from tests.harness.processes import REPOSITORY

_ROW = re.compile(r"^\| `(gateway_\w+)` \| (\w+) \|([^|]*)\|", re.MULTILINE)
_PARTS = {"histogram": ("_bucket", "_count", "_sum"), "counter": ("",), "gauge": ("",)}

OTHERS = {
    "ALERTS",
    "up",
    "http_request_duration_seconds_bucket",
    "http_requests_total",
    "temporal_activity_schedule_to_start_latency_seconds_bucket",
    "temporal_activity_schedule_to_start_latency_seconds_count",
    "temporal_long_request_failure_total",
    "temporal_request_failure_total",
    "temporal_request_latency_seconds_count",
    "temporal_request_latency_seconds_sum",
    "temporal_worker_task_slots_available",
    "temporal_workflow_task_execution_failed_total",
    "temporal_workflow_task_schedule_to_start_latency_seconds_bucket",
    "temporal_workflow_task_schedule_to_start_latency_seconds_count",
}
"""Series of Prometheus, the instrumentator and Temporal.

tests/flow/test_metrics.py finds each on a running gateway.
"""


def documented() -> dict[str, set[str]]:
    """Returns the gateway's series and their labels, according to docs/metrics.md."""
    text = (REPOSITORY / "docs/metrics.md").read_text(encoding="utf-8")
    return {
        name + part: set(re.findall(r"`(\w+)`", labels))
        for name, kind, labels in _ROW.findall(text)
        for part in _PARTS[kind]
    }


def selected(expression: str) -> Iterator[tuple[str, set[str]]]:
    """Yields each series that an expression selects, and the labels it matches.

    Raises ValueError.
    """
    selectors: list[promql_parser.VectorSelector] = []

    def note(node: promql_parser.Expr) -> None:
        if isinstance(node, promql_parser.MatrixSelector):
            selectors.append(node.vector_selector)
        elif isinstance(node, promql_parser.VectorSelector):
            selectors.append(node)

    promql_parser.walk(promql_parser.parse(expression), note)
    for selector in selectors:
        yield selector.name or "", {matcher.name for matcher in selector.matchers.matchers}


def unknown(expression: str) -> list[str]:
    """Returns the selectors with a series that nobody exports, or a label that the series lacks."""
    known = documented()
    return [
        f"{name} {sorted(labels)}"
        for name, labels in selected(expression)
        if name not in OTHERS and not (name in known and labels <= known[name])
    ]
