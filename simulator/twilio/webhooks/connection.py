"""How often, and how long, Twilio tries to deliver a webhook: the connection overrides in a URL's fragment."""

import asyncio
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qs, urldefrag

import httpx

from simulator.reply import Delivery

# How long Twilio waits before it tries again is not documented.
_FIRST_PAUSE_SEC = 0.25


@dataclass(frozen=True)
class Overrides:
    """A fragment such as `rc=2&rp=5xx,ct,rt`; what it leaves out is Twilio's default, times are in milliseconds."""

    retries: int = 1
    retry_on: frozenset[str] = frozenset({"ct"})
    connect_ms: int = 5_000
    read_ms: int = 15_000
    total_ms: int = 15_000

    @classmethod
    def of(cls, fragment: str) -> Self:
        given = {name: values[-1] for name, values in parse_qs(fragment).items()}

        def number(name: str, least: int, default: int, most: int) -> int:
            return min(max(int(given.get(name, default)), least), most)

        return cls(
            retries=number("rc", 0, cls.retries, 5),
            retry_on=frozenset(given["rp"].lower().split(",")) if "rp" in given else cls.retry_on,
            connect_ms=number("ct", 100, cls.connect_ms, 10_000),
            read_ms=number("rt", 100, cls.read_ms, 15_000),
            total_ms=number("tt", 100, cls.total_ms, 15_000),
        )

    @property
    def timeout(self) -> httpx.Timeout:
        return httpx.Timeout(self.read_ms / 1000, connect=self.connect_ms / 1000)

    def retries_after(self, outcome: httpx.Response | httpx.HTTPError) -> bool:
        kind = _kind(outcome)
        return kind is not None and not self.retry_on.isdisjoint({kind, "all"})


@dataclass(frozen=True)
class Delivered:
    """How the last try ended, and how many there were."""

    outcome: httpx.Response | httpx.HTTPError
    tries: int


async def deliver(http: httpx.AsyncClient, delivery: Delivery) -> Delivered:
    """Post a webhook, the same each time, until it is answered or its overrides allow no further try."""
    url, fragment = urldefrag(delivery.url)
    overrides = Overrides.of(fragment)
    delivered = Delivered(httpx.ReadTimeout("no answer within the total time"), 0)
    try:
        async with asyncio.timeout(overrides.total_ms / 1000):
            for number in range(overrides.retries + 1):
                if number:
                    await asyncio.sleep(_FIRST_PAUSE_SEC * 2 ** (number - 1))
                delivered = Delivered(await _post(http, url, delivery, overrides), number + 1)
                if not overrides.retries_after(delivered.outcome):
                    break
    except TimeoutError:
        pass  # what came last is what there is
    return delivered


async def _post(
    http: httpx.AsyncClient, url: str, delivery: Delivery, overrides: Overrides
) -> httpx.Response | httpx.HTTPError:
    try:
        return await http.post(url, content=delivery.body, headers=delivery.headers, timeout=overrides.timeout)
    except httpx.HTTPError as error:
        return error


def _kind(outcome: httpx.Response | httpx.HTTPError) -> str | None:
    """Name a failure as a retry policy does; None for a success."""
    if isinstance(outcome, httpx.Response):
        return f"{outcome.status_code // 100}xx" if outcome.is_error else None
    return "ct" if isinstance(outcome, (httpx.ConnectError, httpx.ConnectTimeout)) else "rt"
