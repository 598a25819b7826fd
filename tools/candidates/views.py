"""Views of candidates for Temporal's UI, whose links contain a query but no columns."""

import json
from collections.abc import Mapping
from urllib.parse import urlencode

from domain.temporal_names import WorkflowType
from workflows.search_attributes import IS_PARKED, IS_PENDING, IS_UNDECIDED

EVERYTHING = f"WorkflowType = '{WorkflowType.APPROVAL}'"
"""Candidates only: operators have nothing to do with the runs of replies and receipts."""

VIEWS: Mapping[str, str] = {
    "candidates": EVERYTHING,
    "open": IS_UNDECIDED,
    "at core": IS_PENDING,
    "parked": IS_PARKED,
    "stuck": "TemporalReportedProblems IS NOT NULL",
}
COLUMNS = (
    *("Status", "Workflow ID", "Number", "BrandId", "ApprovalState", "CallbackState"),
    *("Start", "DecidedAt", "Type"),
)

_SCRIPT = """\
(() => {{
  const kept = key => JSON.parse(localStorage.getItem(key) || "{{}}");
  const keep = (key, what) => localStorage.setItem(key, JSON.stringify({{...kept(key), {namespace}: what}}));
  const views = {views}, names = views.map(view => view.name);
  const others = (kept("saved-workflow-queries")[{namespace}] || []).filter(view => !names.includes(view.name));
  keep("namespace-workflow-table-columns", {columns});
  keep("saved-workflow-queries", [...others, ...views]);
  location.assign({path});
}})()"""
"""Uses the names under which the UI, version 2.54, stores them in the browser."""


def link(ui_url: str, namespace: str, query: str) -> str:
    return f"{ui_url.rstrip('/')}{_path(namespace, query)}"


def _path(namespace: str, query: str) -> str:
    return f"/namespaces/{namespace}/workflows?{urlencode({'query': query})}"


def script(namespace: str) -> str:
    """Returns a script for a browser's console on a UI page; it stores columns and views."""
    views = [{"id": f"gateway-{n}", "type": "user", "name": name, "query": VIEWS[name]} for n, name in enumerate(VIEWS)]
    text = _SCRIPT.format(
        namespace=json.dumps(namespace),
        views=json.dumps(views),
        columns=json.dumps([{"label": label} for label in COLUMNS]),
        path=json.dumps(_path(namespace, EVERYTHING)),
    )
    return " ".join(line.strip() for line in text.splitlines())
