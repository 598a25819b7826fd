"""Whole candidates' prompts are spaced on the owner's phone."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from tests.harness.brands import StackBrands, section
from tests.harness.phone import Owner
from tests.harness.processes import until, until_clock
from tests.harness.stack import Stack

pytestmark = pytest.mark.faults

SPACING = 2.0
JITTER = 0.8
"""From the moment of a slot, in Redis, to the arrival of the message on the phone."""


@dataclass(frozen=True)
class PostedByBrand:
    """Ids of candidates by brand, in the order of acceptance."""

    three: list[str]
    too_many: list[str]
    postponed: list[str]


_BRANDS = {name: f"b_spaced_{name}" for name in ("three", "too_many", "postponed", "stopped")}
_LIMITS = f"min_spacing_sec = {SPACING}\nbucket_capacity = 2\nbucket_refill_per_min = 30"


@pytest.fixture(scope="module")
async def gateway(shared_stack: Stack) -> Stack:
    """The shared stack, with brands that are asked only on WhatsApp and have these limits."""
    sections = [section(brand_id, Owner(), more=_LIMITS) for brand_id in _BRANDS.values()]
    await StackBrands(shared_stack).becomes("".join(sections))
    return shared_stack


@pytest.fixture(scope="module")
async def posted(gateway: Stack) -> PostedByBrand:
    """Posts candidates of several brands at once, so that they wait at the same time."""
    await gateway.phone.fault("twilio.messages", status=429, code=20429, match="post_refused")
    refused = "https://example.com/post_refused"
    three, too_many, postponed = await asyncio.gather(
        accepted(gateway, "three", 3),
        accepted(gateway, "too_many", 8, deadline_sec=10),
        accepted(gateway, "postponed", 3, context_url=refused),
    )
    return PostedByBrand(three, too_many, postponed)


async def accepted(gateway: Stack, name: str, count: int, **changes: Any) -> list[str]:
    """Posts candidates of one brand without a pause, each to its own owner."""
    on_whatsapp = {"brand_id": _BRANDS[name], "owner_imessage": None, **changes}
    return [(await gateway.core.accepted(Owner(), **on_whatsapp))["id"] for _ in range(count)]


async def prompted_at(gateway: Stack, candidate_ids: list[str]) -> list[float]:
    """Returns when each prompt arrived, once every prompt has arrived exactly once."""
    await asyncio.gather(*(gateway.phone.until_prompted("whatsapp", id_) for id_ in candidate_ids))
    arrivals = []
    for id_ in candidate_ids:
        attempts = await gateway.phone.attempts("twilio.messages", contains=f"Id: {id_}\n")
        (arrival,) = [attempt["at"] for attempt in attempts if attempt["outcome"] == "accepted"]
        arrivals.append(arrival)
    return arrivals


def assert_spaced(arrivals: list[float]) -> None:
    """Checks gaps, not the order: candidates accepted within a second of each other can swap."""
    for one, next_one in pairwise(sorted(arrivals)):
        assert next_one - one >= SPACING - JITTER


async def test_three_candidates_of_one_brand_posted_at_once_all_arrive_spaced(
    gateway: Stack, posted: PostedByBrand
) -> None:
    arrivals = await prompted_at(gateway, posted.three)

    assert_spaced(arrivals)
    assert max(arrivals) - min(arrivals) < 3 * SPACING


async def test_prompts_that_the_provider_postponed_over_several_slots_arrive_spaced(
    gateway: Stack, posted: PostedByBrand
) -> None:
    first = posted.postponed[0]

    async def several_slots_passed() -> bool:
        tried = await gateway.phone.attempts("twilio.messages", contains="post_refused")
        return bool(tried) and tried[-1]["at"] - tried[0]["at"] > 3 * SPACING

    await until(several_slots_passed)
    assert await gateway.phone.prompts("whatsapp", first) == []
    await gateway.phone.heal()

    assert_spaced(await prompted_at(gateway, posted.postponed))


async def test_queued_candidate_that_expires_is_never_prompted(gateway: Stack, posted: PostedByBrand) -> None:
    *_, last = posted.too_many

    decision = await gateway.phone.until_decided(last)

    assert (decision["decision"], decision["decider"]) == ("expired", "system:timeout")
    first = posted.too_many[0]
    await gateway.phone.until_decided(first)
    assert len(await gateway.phone.prompts("whatsapp", first)) == 1
    assert await gateway.phone.attempts("twilio.messages", contains=last) == []


async def test_prompts_that_follow_workers_stopped_over_five_slots_are_spaced(gateway: Stack) -> None:
    candidates = await accepted(gateway, "stopped", 4)
    await gateway.phone.until_prompted("whatsapp", candidates[0])
    back_at = datetime.now(UTC) + timedelta(seconds=5 * SPACING)
    await gateway.worker.stop()
    await until_clock(back_at)
    await gateway.worker.start()

    assert_spaced(await prompted_at(gateway, candidates))
