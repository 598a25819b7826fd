"""A real Prometheus that scrapes a gateway, and the queries of the alerts and the dashboard."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.harness.processes import REPOSITORY, Process, free_port, program, until
from tests.harness.promql import branches
from tests.harness.stack import answers

PROGRAM = program("prometheus")

_FOLDER = REPOSITORY / "deploy/prometheus"
_VARIABLES = {"$__rate_interval": "1m", "$api_job": "gateway-api", "$worker_job": "gateway-worker"}
"""Grafana's variables, which it replaces before it queries."""

_INTERVAL = "3s"
"""While Temporal or Redis is away, an api can take 2 s for a scrape."""


@cache
def alert_queries() -> dict[str, str]:
    """Returns the query of each alert; those between which an `or` chooses are numbered."""
    rules = yaml.safe_load((_FOLDER / "alerts.yml").read_text(encoding="utf-8"))
    return {
        f"{rule['alert']} {number}" if number > 1 else rule["alert"]: query
        for group in rules["groups"]
        for rule in group["rules"]
        for number, query in enumerate(branches(rule["expr"]), start=1)
    }


def dashboard_queries() -> dict[str, str]:
    """Returns each query of a panel or annotation, by its title and its line's legend."""
    dashboard = json.loads((REPOSITORY / "deploy/grafana/dashboard.json").read_text(encoding="utf-8"))
    queries = {
        f"{panel['title']}: {target['legendFormat'] or target['refId']}": _as_asked(target["expr"])
        for panel in dashboard["panels"]
        for target in panel.get("targets", ())
    }
    return queries | {each["name"]: _as_asked(each["expr"]) for each in dashboard["annotations"]["list"]}


def _as_asked(expression: str) -> str:
    for variable, value in _VARIABLES.items():
        expression = expression.replace(variable, value)
    return expression


@dataclass(frozen=True)
class Prometheus:
    http: httpx.AsyncClient

    async def has_answer(self, expression: str) -> bool:
        """Returns whether a query has a value now; fails if Prometheus rejects the query."""
        return any(sample["value"][1] != "NaN" for sample in await self._result(expression))

    async def jobs(self, expression: str) -> set[str]:
        """Returns the jobs that the result of a query names."""
        return {sample["metric"].get("job", "") for sample in await self._result(expression)}

    async def _result(self, expression: str) -> list[dict[str, Any]]:
        response = await self.http.post("/api/v1/query", data={"query": expression})
        assert response.is_success, f"{expression}: {response.text}"
        result: list[dict[str, Any]] = response.json()["data"]["result"]
        return result

    async def names(self) -> set[str]:
        """Returns the name of every series that any target served."""
        return set((await self.http.get("/api/v1/label/__name__/values")).json()["data"])

    async def labels(self, name: str) -> set[str]:
        """Returns the labels of every series of this name."""
        return set((await self.http.get("/api/v1/labels", params={"match[]": name})).json()["data"])

    async def rules(self) -> list[dict[str, Any]]:
        groups = (await self.http.get("/api/v1/rules")).json()["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]


@asynccontextmanager
async def scraping(folder: Path, targets: Mapping[str, Sequence[str]]) -> AsyncIterator[Prometheus]:
    """Runs Prometheus with the sample configuration, but other targets and intervals."""
    path, port = folder / "prometheus.yml", free_port()
    path.write_text(yaml.safe_dump(_configuration(targets)), encoding="utf-8")
    listen, storage = f"--web.listen-address=127.0.0.1:{port}", f"--storage.tsdb.path={folder / 'series'}"
    url = f"http://127.0.0.1:{port}"
    command = [str(PROGRAM), f"--config.file={path}", storage, listen]
    process = Process(command, {}, lambda: answers(f"{url}/-/ready"))
    try:
        await process.start()
        async with httpx.AsyncClient(base_url=url, timeout=30) as http:
            prometheus = Prometheus(http)
            await until(lambda: prometheus.has_answer("sum by (job) (up) > 0"))
            yield prometheus
    finally:
        await process.kill()


def _configuration(targets: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    sample: dict[str, Any] = yaml.safe_load((_FOLDER / "prometheus.yml").read_text(encoding="utf-8"))
    del sample["alerting"]
    sample["global"] |= dict.fromkeys(("scrape_interval", "scrape_timeout", "evaluation_interval"), _INTERVAL)
    sample["rule_files"] = [str(_FOLDER / name) for name in sample["rule_files"]]
    for job in sample["scrape_configs"]:
        job["static_configs"] = [{"targets": list(targets[job["job_name"]])}]
    return sample
