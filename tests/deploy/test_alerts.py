"""The alerts use metrics that exist; each has a test and a section in the runbook.

promtool tests when they fire: tests/faults/test_alert_rules.py.
"""

import re
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from api.health.metrics import COUNT_CLIENT, FOLLOW_HINTS, READ_MEMORY
from domain import worker_metrics
from tests.harness.processes import REPOSITORY
from tests.harness.promql import OF_TARGET, selected, unknown

FOLDER = REPOSITORY / "deploy/prometheus"
RUNBOOK = '{{ or $externalLabels.gateway_runbook "docs/runbook.md" }}#'


def load(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


ALERTS: list[dict[str, Any]] = [rule for group in load("alerts.yml")["groups"] for rule in group["rules"]]
NO_METRICS = {"gateway_runbook", "temporal_certificate_expires"}
"""A label of Prometheus and an event of the log, which the runbook names."""
TESTS = [test for path in sorted(FOLDER.glob("*.test.yml")) for test in load(path.name)["tests"]]
SERIES = sorted({row["series"] for test in TESTS for row in test["input_series"]})
OF_APIS = [{"operation": operation} for operation in (COUNT_CLIENT, READ_MEMORY, FOLLOW_HINTS)]
NAMES = [alert["alert"] for alert in ALERTS]


@pytest.mark.parametrize("alert", ALERTS, ids=NAMES)
def test_alert_uses_metrics_that_exist_and_has_a_severity_and_a_runbook_link(alert: dict[str, Any]) -> None:
    assert alert.keys() == {"alert", "expr", "for", "labels", "annotations"}
    assert unknown(alert["expr"]) == []
    assert alert["labels"] in ({"severity": "page"}, {"severity": "ticket"})
    assert alert["annotations"].keys() == {"summary", "description", "runbook_url"}
    assert alert["annotations"]["runbook_url"] == RUNBOOK + alert["alert"].lower()


def test_each_alert_has_one_section_in_the_runbook_and_each_section_an_alert() -> None:
    runbook = (REPOSITORY / "docs/runbook.md").read_text(encoding="utf-8")

    assert re.findall(r"^#+ (Gateway\w+)$", runbook, re.MULTILINE) == NAMES


def test_runbook_uses_metrics_that_exist() -> None:
    runbook = (REPOSITORY / "docs/runbook.md").read_text(encoding="utf-8")
    queries = re.findall(r"`([^`]+\([^`]*_(?:total|seconds)\w*[^`]*)`", runbook)
    named = re.findall(r"`((?:gateway|temporal|http)_\w+)`", runbook)

    assert len(queries) > 2
    assert {query: unknown(query) for query in queries} == {query: [] for query in queries}
    assert [name for name in named if name not in NO_METRICS and unknown(name) and unknown(f"{name}_count")] == []


def test_each_alert_has_a_test_that_it_fires_and_one_that_it_does_not() -> None:
    checks = [check for test in TESTS for check in test["alert_rule_test"]]

    for fires in (True, False):
        assert {check["alertname"] for check in checks if bool(check["exp_alerts"]) is fires} == set(NAMES)


@pytest.mark.parametrize("series", SERIES)
def test_each_series_of_a_test_is_one_that_a_process_serves(series: str) -> None:
    """A promtool test of another series passes, and its alert never fires."""
    assert unknown(series) == []
    ((name, _),) = selected(series)
    given = {(label, value) for label, value in re.findall(r'(\w+)="([^"]*)"', series) if label not in OF_TARGET}
    served = [each.items() for each in served_from_the_start(name)]
    assert not served or any(given <= each for each in served)


def served_from_the_start(name: str) -> list[Mapping[str, str]]:
    """Returns the labels of each series of a counter that exports all of them at once."""
    counts = (*worker_metrics.COUNTED_IN_RUNS, *worker_metrics.COUNTED_IN_ACTIVITIES)
    in_workers = [labels for count in counts if f"{count.name}_total" == name for labels in count.series]
    return [*in_workers, *(OF_APIS if name == "gateway_redis_errors_total" else ())]


def test_sample_configuration_scrapes_the_jobs_that_the_alerts_name() -> None:
    configuration = load("prometheus.yml")

    assert configuration["rule_files"] == ["alerts.yml"]
    assert configuration["global"]["external_labels"].keys() == {"gateway_runbook"}
    jobs = {job["job_name"] for job in configuration["scrape_configs"]}
    assert jobs == {"gateway-api", "gateway-worker"}
    named = re.findall(r'job=~?"([^"]+)"', str([alert["expr"] for alert in ALERTS]))
    assert set(named) == jobs | {"gateway-(api|worker)"}
