"""A scrape leaves out Temporal's unknown values."""

from datetime import timedelta

import pytest

from api.health import engine_readings
from api.health.readings import Sample
from domain.errors import EngineUnavailableError
from engine.clock import EngineClock
from tests.engine.test_clock import Hands, compared


async def test_skew_of_the_clocks_is_shown_once_they_were_compared() -> None:
    hands = Hands()
    clock = EngineClock(hands)
    skew = engine_readings.skew(clock)
    with pytest.raises(EngineUnavailableError):
        await skew()

    await compared(clock, hands, ahead=timedelta(seconds=300))

    assert await skew() == [Sample(engine_readings.SKEW, 300)]
