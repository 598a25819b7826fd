"""A short chaos run; `make chaos` runs longer ones, from any seed."""

from pathlib import Path

import pytest

from tests.chaos.plan import Plan
from tests.chaos.reconcile import reconcile
from tests.chaos.run import run
from tests.chaos.summary import summary

SHORT = Plan(seed=18, seconds=15, rate=1.2, shortest_deadline=10, longest_deadline=20, patient_deadline=45)


@pytest.mark.timeout(240)
async def test_promise_is_kept_while_processes_are_killed_and_providers_fail(tmp_path: Path) -> None:
    evidence = await run(SHORT, tmp_path)
    breaches = reconcile(evidence)

    print(summary(evidence, breaches))  # noqa: T201  # what happened differs from run to run
    assert [str(breach) for breach in breaches if not breach.unavoidable] == []
    assert any(life.decided and life.decided.outcome != "expired" for life in evidence.lives.values())
    assert evidence.ledger.kills
