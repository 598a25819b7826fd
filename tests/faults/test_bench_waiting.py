"""The other benchmarks on a small scale: each measures what it claims."""

import json
from dataclasses import asdict

import pytest

from bench.parts import noisy, standalone, waiting, waits


@pytest.mark.timeout(180)
async def test_every_waiting_candidate_is_prompted_and_decided_and_every_deadline_delivered() -> None:
    figures = await waiting.measure(20, 5, 5, replies=3, idle_sec=1)

    assert figures.deadlines.expired == figures.deadlines.deadlines == 5
    assert figures.deadlines.lateness.p50 >= 0
    assert [spread.count for spread in (figures.with_few, figures.with_many)] == [3, 3]
    assert [restart.ended_by for restart in figures.restarts] == ["SIGTERM", "SIGKILL"]
    for restart in figures.restarts:
        assert min(restart.started_sec, restart.cached_sec, restart.others_sec) > 0
    assert figures.idle.worker_mib > 0
    assert json.loads(json.dumps(asdict(figures)))["candidates"] == 20
    assert "20 waiting" in waiting.table(figures)


async def test_every_request_that_waits_is_answered_with_the_decision_or_the_end_of_the_process() -> None:
    figures = await waits.measure([20], 2, decisions=4, idle_sec=1)

    (measured,) = figures.by_number.values()
    assert measured.answered.count == 8
    assert measured.answered.p50 > 0
    assert measured.stopped_sec > 0
    assert "waiting on one api" in waits.table(figures)


async def test_one_process_and_two_are_measured_in_turn() -> None:
    figures = await standalone.measure(standalone.StandaloneSize(rounds=1, alone=3, rate=4, rate_sec=1, warm_up=3))

    assert [*figures.by_processes] == [standalone.TWO, standalone.ONE]
    for run in figures.by_processes.values():
        assert min(*run.warm_mib, *run.loaded_mib, run.accept.p50, run.decision.p50) > 0
        assert run.accept_alone.count == 3
        assert run.accept.count == 4
    assert "standalone" in standalone.table(figures)


async def test_quiet_brands_are_measured_next_to_a_noisy_one() -> None:
    figures = await noisy.measure(100, 10, unloaded=2)

    assert min(figures.quiet.count, figures.noisy.count) >= 2
    assert "the noisy brand itself" in noisy.table(figures)
