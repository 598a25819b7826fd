"""Replays recorded histories; a change that would strand open candidates fails.

`python -m tests.record_histories` records those of the current version.
"""

import base64
import re

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from adapters.temporal import connection as temporal
from tests.harness.rows import each_row
from tests.record_histories import HISTORIES, Recorder
from worker.app import WORKFLOWS
from worker.sandbox import sandbox

RECORDED = {f"{path.parent.name}/{path.stem}": path.read_text() for path in sorted(HISTORIES.glob("*/*.json"))}
STORIES = {name for name in vars(Recorder) if not name.startswith("_")} | {"subscription"}


@pytest.mark.parametrize("name", RECORDED)
async def test_recorded_history_replays(name: str) -> None:
    history = WorkflowHistory.from_json(name, RECORDED[name])

    replayer = Replayer(workflows=WORKFLOWS, data_converter=temporal.data_converter({}), workflow_runner=sandbox())
    await replayer.replay_workflow(history)


def test_every_outcome_was_recorded() -> None:
    assert {name.partition("/")[2] for name in RECORDED} >= STORIES


@each_row(RECORDED)
def test_history_tells_nothing_of_the_machine_that_recorded_it(name: str) -> None:
    identities = set(re.findall(r'"identity": "(.*)"', RECORDED[name]))
    payloads = [base64.b64decode(data) for data in re.findall(r'"data": "(.*)"', RECORDED[name])]

    assert identities == {"worker"}
    assert "stackTrace" not in RECORDED[name]
    assert not [payload for payload in payloads if b"127.0.0.1" in payload or b"secret" in payload]
