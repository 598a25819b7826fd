"""The runbook's table of Temporal's states is the one that the processes follow."""

import re

from api.errors import answer
from domain.engine_states import EngineState
from domain.errors import EngineUnavailableError
from tests.harness.processes import REPOSITORY

_COLUMNS = ["state", "words", "`/readyz`", "`Retry-After`", "worker", "`setup_temporal`"]


def written() -> list[list[str]]:
    """Returns the rows of the runbook's table, without the advice in the last column."""
    runbook = (REPOSITORY / "docs/runbook.md").read_text(encoding="utf-8")
    section = runbook.partition("## What Temporal says\n")[2].partition("\n## ")[0]
    rows = [re.split(r" *\| *", line.strip("| ")) for line in section.splitlines() if line.startswith("|")]
    return [row[: len(_COLUMNS)] for row in rows if not row[0].startswith("-")]


def followed(state: EngineState) -> list[str]:
    traits = state.traits
    refused = answer(EngineUnavailableError(traits.words, state))
    assert refused.status_code == 503
    retry_after = f"{refused.headers['Retry-After']} s"
    return [
        f"`{state}`",
        traits.words,
        "200" if traits.is_ready else "503",
        f"{retry_after}; an owner's text: 200" if traits.is_of_the_request else retry_after,
        traits.worker,
        traits.command,
    ]


def test_runbook_says_of_every_state_what_the_processes_do() -> None:
    assert written() == [_COLUMNS, *map(followed, EngineState)]
