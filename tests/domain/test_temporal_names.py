"""Renaming a method, function or class changes no name in Temporal: one module spells them out."""

import json
import tomllib

from domain.temporal_names import ActivityType, SignalName, WorkflowType
from tests import wire
from tests.harness.processes import REPOSITORY

VERSION = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"]
GOLDEN = json.loads((wire.FOLDER / f"{VERSION}.json").read_text())["names"]


def test_every_workflow_has_a_name_written_out() -> None:
    names = [definition.name for definition in wire.workflow_definitions()]

    assert [name for name in names if not isinstance(name, WorkflowType)] == []
    assert names == list(WorkflowType) == GOLDEN["workflows"]


def test_every_signal_query_and_update_has_a_name_written_out() -> None:
    definitions = wire.workflow_definitions()
    handled = [name for kind in definitions for name in (*kind.signals, *kind.queries, *kind.updates)]

    assert [name for name in handled if not isinstance(name, SignalName)] == []
    assert set(handled) == set(SignalName)
    assert wire.names()["signals"] == GOLDEN["signals"]
    assert GOLDEN["queries"] == []


def test_every_activity_has_a_name_written_out() -> None:
    names = [definition.name for definition in wire.activity_definitions()]

    assert [name for name in names if not isinstance(name, ActivityType)] == []
    assert set(names) == set(ActivityType)
    assert sorted(ActivityType) == GOLDEN["activities"]
