"""The series that a PromQL expression selects, and the series that exist."""

import re
from collections.abc import Iterator

import promql_parser

from tests.harness.processes import REPOSITORY

_ROW = re.compile(r"^\| `(gateway_\w+)` \| (\w+) \|([^|]*)\|", re.MULTILINE)
_PARTS = {"histogram": ("_bucket", "_count", "_sum"), "counter": ("",), "gauge": ("",)}

OTHERS = {
    "ALERTS": {"alertname", "alertstate"},
    "up": set(),
    "http_request_duration_seconds_bucket": {"handler", "le", "method"},
    "http_requests_total": {"handler", "method", "status"},
    "temporal_activity_schedule_to_start_latency_seconds_bucket": {"le"},
    "temporal_activity_schedule_to_start_latency_seconds_count": set(),
    "temporal_long_request_failure_total": {"operation", "status_code"},
    "temporal_request_latency_seconds_count": {"operation"},
    "temporal_request_latency_seconds_sum": {"operation"},
    "temporal_worker_task_slots_available": {"worker_type"},
    "temporal_workflow_task_execution_failed_total": {"failure_reason", "workflow_type"},
    "temporal_workflow_task_schedule_to_start_latency_seconds_bucket": {"le"},
    "temporal_workflow_task_schedule_to_start_latency_seconds_count": set(),
}
"""Series of Prometheus, the instrumentator and Temporal, and those of their labels that we use.

tests/flow/test_metrics.py and tests/faults/test_prometheus.py find each on a running gateway.
"""

OF_TARGET = {"job", "instance"}
"""Labels that Prometheus adds to each series."""


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
    known = documented() | OTHERS
    return [
        f"{name} {sorted(labels)}"
        for name, labels in selected(expression)
        if name not in known or not labels - OF_TARGET <= known[name]
    ]


def branches(expression: str) -> list[str]:
    """Returns the expressions between which the `or`s of an expression choose."""
    parsed = promql_parser.parse(expression)
    if isinstance(parsed, promql_parser.BinaryExpr) and str(parsed.op) == "or":
        return [*branches(parsed.lhs.prettify()), *branches(parsed.rhs.prettify())]
    return [expression]
