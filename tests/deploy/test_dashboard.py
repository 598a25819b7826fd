"""The dashboard uses metrics that exist, and its panels do not overlap.

Grafana itself does not run, so its view of the file is not tested.
"""

import json
from itertools import combinations
from typing import Any

import pytest

from tests.harness.processes import REPOSITORY
from tests.harness.promql import unknown

DASHBOARD = json.loads((REPOSITORY / "deploy/grafana/dashboard.json").read_text(encoding="utf-8"))
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
SHOWING = [panel for panel in PANELS if panel["type"] != "row"]
VARIABLES = {"$__rate_interval": "5m"}
"""Variables of Grafana in places where PromQL allows none; those in strings need no replacement."""


def overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    return all(one[at] < other[at] + other[size] and other[at] < one[at] + one[size] for at, size in ("xw", "yh"))


@pytest.mark.parametrize("panel", SHOWING, ids=lambda panel: panel["title"])
def test_panel_uses_metrics_that_exist_and_has_a_description_and_a_unit(panel: dict[str, Any]) -> None:
    assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    assert panel["description"]
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["targets"]
    for target in panel["targets"]:
        expression = target["expr"]
        for variable, value in VARIABLES.items():
            expression = expression.replace(variable, value)
        assert unknown(expression) == [], expression


def test_panels_have_unique_ids_and_titles_and_do_not_overlap() -> None:
    places = [panel["gridPos"] for panel in PANELS]

    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    assert len({panel["title"] for panel in PANELS}) == len(PANELS)
    assert all(place["x"] + place["w"] <= 24 for place in places)
    assert [pair for pair in combinations(places, 2) if overlap(*pair)] == []


def test_questions_come_first_and_the_jobs_and_the_source_can_be_chosen() -> None:
    rows = [panel["title"] for panel in PANELS if panel["type"] == "row"]
    jobs = {variable["name"]: variable["current"].get("value") for variable in DASHBOARD["templating"]["list"]}

    assert rows[:3] == ["Is it working?", "Is someone waiting?", "Who is failing?"]
    assert {panel["type"] for panel in SHOWING[:18]} == {"stat"}
    assert jobs == {"datasource": None, "api_job": "gateway-api", "worker_job": "gateway-worker"}
