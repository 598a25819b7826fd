"""Retry-After is parsed as seconds and as a date."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from adapters.http.failures import retry_after

CAP = timedelta(minutes=15)


def answer(value: str) -> httpx.Response:
    return httpx.Response(503, headers={"Retry-After": value})


def in_an_hour(sign: int = 1) -> str:
    return format_datetime(datetime.now(UTC) + sign * timedelta(hours=1), usegmt=True)


@pytest.mark.parametrize("seconds", [1, 3, 899, 900])
def test_seconds_are_taken_as_they_are(seconds: int) -> None:
    assert retry_after(answer(str(seconds))) == timedelta(seconds=seconds)


def test_date_is_taken_as_the_time_until_then() -> None:
    moment = datetime.now(UTC) + timedelta(minutes=10)

    wait = retry_after(answer(format_datetime(moment, usegmt=True)))

    assert wait is not None
    assert timedelta(minutes=9, seconds=50) < wait <= timedelta(minutes=10)


@pytest.mark.parametrize("value", ["901", "86400", in_an_hour()], ids=["a second more", "a day", "a date"])
def test_nobody_is_waited_for_longer_than_a_quarter_of_an_hour(value: str) -> None:
    assert retry_after(answer(value)) == CAP


@pytest.mark.parametrize("value", ["0", in_an_hour(-1)], ids=["at once", "a date in the past"])
def test_nobody_is_asked_again_sooner_than_after_a_second(value: str) -> None:
    assert retry_after(answer(value)) == timedelta(seconds=1)


@pytest.mark.parametrize(
    "value",
    ["", "soon", "-5", "1.5", "nan", "²", "9" * 400, "Sun, 99 Nov 2026 10:00:00 GMT", "Sun, 22 Nov 2026 10:00:00"],
)
def test_unreadable_value_counts_as_none(value: str) -> None:
    assert retry_after(httpx.Response(503, headers=[(b"Retry-After", value.encode())])) is None


def test_nothing_said_counts_as_none() -> None:
    assert retry_after(httpx.Response(503)) is None
