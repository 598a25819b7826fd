"""The scrape target of a one-process gateway, split into the two jobs of alerts and dashboard."""

import json
import re
from typing import Any

import pytest
import yaml

from tests.harness.processes import REPOSITORY

ALERTS = (REPOSITORY / "deploy/prometheus/alerts.yml").read_text(encoding="utf-8")
DASHBOARD = json.dumps(json.loads((REPOSITORY / "deploy/grafana/dashboard.json").read_text("utf-8"))).replace(
    '\\"', '"'
)


def jobs() -> dict[str, dict[str, Any]]:
    section = (REPOSITORY / "docs/metrics.md").read_text("utf-8").partition("\n## One process\n")[2]
    (sample,) = re.findall(r"```yaml\n(.*?)```", section, re.DOTALL)
    return {job["job_name"]: job for job in yaml.safe_load(sample)["scrape_configs"]}


def keeps(job: str, metric: str) -> bool:
    (rule,) = jobs()[job]["metric_relabel_configs"]
    return (re.fullmatch(rule["regex"], metric) is not None) is (rule["action"] == "keep")


def test_each_metric_is_kept_by_one_of_the_jobs() -> None:
    for metric in ("gateway_prompts_total", "http_requests_total", "temporal_request_total", "process_open_fds"):
        assert [keeps(job, metric) for job in jobs()].count(True) == 1
    assert len({str(job["static_configs"]) for job in jobs().values()}) == 1


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (ALERTS, {"gateway-api": "gateway-api", "gateway-worker": "gateway-worker"}),
        (DASHBOARD, {"$api_job": "gateway-api", "$worker_job": "gateway-worker"}),
    ],
    ids=["alerts", "dashboard"],
)
def test_query_of_one_job_uses_only_metrics_that_it_keeps(text: str, names: dict[str, str]) -> None:
    asked = [(metric, names[job]) for metric, job in re.findall(r'(\w+)\{[^}]*job=~?"([$\w-]+)"', text)]

    assert {job for _, job in asked} == {*names.values()}
    assert [(metric, job) for metric, job in asked if metric != "up" and not keeps(job, metric)] == []
