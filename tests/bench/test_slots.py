"""The slots are compared with contenders that do the same work and grant no more than allowed."""

import json
from dataclasses import asdict

import pytest

from bench.parts.slots import SlotFigures, measure, table

CONTENDERS = [
    "plain EVALSHA",
    "slots",
    "limits, sliding window",
    "limits, moving window",
    "throttled, GCRA",
    "throttled, token bucket",
]


@pytest.fixture(scope="module")
async def figures() -> SlotFigures:
    return await measure(calls=100, rounds=2, callers=10, hammered_sec=0.5)


@pytest.mark.faults
async def test_every_contender_is_measured_on_both_mixes(figures: SlotFigures) -> None:
    for speeds in (figures.free, figures.contended):
        assert [speed.name for speed in speeds] == CONTENDERS
        for speed in speeds:
            assert speed.per_sec > 0
            assert speed.p50_ms > 0


async def test_all_grant_the_same_share_if_slots_are_free(figures: SlotFigures) -> None:
    """Otherwise the rates would compare different work."""
    assert [speed.granted for speed in figures.free] == [1, *[0.5] * 5]


async def test_nothing_grants_more_than_its_own_rule_allows(figures: SlotFigures) -> None:
    assert [grants.name for grants in figures.grants] == CONTENDERS[1:]
    for grants in figures.grants:
        assert 0 < grants.granted <= grants.allowed
        assert grants.holds


async def test_figures_are_kept_as_json_and_shown_as_a_table(figures: SlotFigures) -> None:
    assert json.loads(json.dumps(asdict(figures)))["free"][1]["name"] == "slots"
    for name in CONTENDERS:
        assert name in table(figures)
