"""An edge learns how far its clock is from Temporal's; the tests control both clocks."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.service import RPCError, RPCStatusCode

from domain.errors import EngineUnavailableError
from engine.clock import EngineClock

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class Hands:
    """This process's clock, which only the test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


async def compared(clock: EngineClock, hands: Hands, *, ahead: timedelta, took: timedelta = SECOND) -> int:
    """Starts a run halfway through a call; returns how often Temporal was asked when it began."""
    asked: list[datetime] = []

    async def started_at() -> datetime:
        asked.append(moment)
        return moment

    async with clock.measured_by(started_at):
        hands.now += took / 2
        moment = hands.now + ahead
        hands.now += took / 2
    await asyncio.sleep(0)
    return len(asked)


async def test_clock_follows_temporals_after_a_comparison() -> None:
    hands = Hands()
    clock = EngineClock(hands)
    assert clock.now() == NOW
    assert not clock.is_past(NOW - timedelta(days=1), at=clock.now())
    assert clock.ahead is None

    await compared(clock, hands, ahead=timedelta(seconds=300))

    assert clock.now() == hands.now + timedelta(seconds=300)
    assert clock.ahead == timedelta(seconds=300)
    assert clock.is_past(NOW, at=NOW + SECOND)
    assert not clock.is_past(NOW, at=NOW + SECOND / 2), "the call took a second: the skew might be half a second wrong"


@pytest.mark.parametrize(
    ("ahead", "said"),
    [(0, None), (1.9, None), (-1.9, None), (300, "300 s behind Temporal"), (-12, "12 s ahead of Temporal")],
)
async def test_difference_is_reported_if_it_matters(ahead: float, said: str | None) -> None:
    hands = Hands()
    clock = EngineClock(hands)
    assert clock.problem is None

    await compared(clock, hands, ahead=timedelta(seconds=ahead))

    assert clock.problem == said


async def test_clocks_are_compared_at_most_once_a_minute_and_not_by_a_call_that_took_long() -> None:
    hands = Hands()
    clock = EngineClock(hands)

    assert await compared(clock, hands, ahead=SECOND, took=timedelta(seconds=6)) == 0
    assert await compared(clock, hands, ahead=SECOND) == 1
    assert await compared(clock, hands, ahead=9 * SECOND) == 0
    assert clock.now() - hands.now == SECOND


@pytest.mark.parametrize(
    "error", [EngineUnavailableError("away"), RPCError("gone", RPCStatusCode.NOT_FOUND, b"")], ids=["away", "gone"]
)
async def test_comparison_that_fails_changes_nothing(error: Exception) -> None:
    clock = EngineClock(Hands())

    async def started_at() -> datetime:
        raise error

    async with clock.measured_by(started_at):
        pass
    await asyncio.sleep(0)

    assert clock.now() == NOW


async def test_start_that_fails_compares_nothing() -> None:
    clock = EngineClock(Hands())

    async def started_at() -> datetime:
        raise AssertionError("nothing was started")

    with pytest.raises(EngineUnavailableError):
        async with clock.measured_by(started_at):
            raise EngineUnavailableError("away")
    await asyncio.sleep(0)
