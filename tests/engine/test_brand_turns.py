"""Brands take turns."""

import asyncio

import pytest

from domain.identifiers import fairness_key
from engine.brand_turns import BrandTurns
from tests.harness.stack import Stack


async def test_fifth_start_of_a_brand_waits_and_other_brands_do_not() -> None:
    turns = BrandTurns()
    held = [turns.of("b_noisy") for _ in range(4)]
    for turn in held:
        await turn.acquire()

    assert turns.of("b_noisy").locked()
    assert not turns.of("b_quiet").locked()

    held[0].release()
    await asyncio.wait_for(turns.of("b_noisy").acquire(), timeout=5)


@pytest.mark.parametrize("brand_id", ["b_acme", "b" * 64, "b" * 128])
def test_fairness_key_is_unique_to_a_brand_and_fits_temporals_limit(brand_id: str) -> None:
    assert len(fairness_key(brand_id).encode()) <= 64
    assert fairness_key(brand_id) != fairness_key(f"{brand_id[:-1]}x")


async def test_candidate_has_the_fairness_key_of_its_brand(stack: Stack) -> None:
    candidate = await stack.core.accepted(brand_id="b_fair")
    await stack.phone.until_prompted("whatsapp", candidate["id"])
    history = await stack.run_of(candidate["id"]).fetch_history()

    started = history.events[0].workflow_execution_started_event_attributes
    assert started.priority.fairness_key == "b_fair"
