"""Twilio's retries and time-outs for a webhook: the connection overrides in a URL's fragment."""

import asyncio
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qs, urldefrag

import httpx

from simulator.reply import WebhookCall

# Twilio does not document how long it waits before a retry.
_FIRST_PAUSE_SEC = 0.25


@dataclass(frozen=True)
class Overrides:
    """A fragment such as `rc=2&rp=5xx,ct,rt`; omitted values are Twilio's defaults."""

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
class LastTry:
    """The outcome of the last try, and the number of tries."""

    outcome: httpx.Response | httpx.HTTPError
    tries: int


async def post(http: httpx.AsyncClient, call: WebhookCall) -> LastTry:
    """Posts a webhook with its retries, and its fallback if they all fail."""
    last = await _post(http, call)
    if call.fallback is None or _kind(last.outcome) is None:
        return last
    other = await _post(http, call.fallback)
    return LastTry(other.outcome, last.tries + other.tries)


async def _post(http: httpx.AsyncClient, call: WebhookCall) -> LastTry:
    url, fragment = urldefrag(call.url)
    overrides = Overrides.of(fragment)
    last = LastTry(httpx.ReadTimeout("no answer within the total time"), 0)
    try:
        async with asyncio.timeout(overrides.total_ms / 1000):
            for number in range(overrides.retries + 1):
                if number:
                    await asyncio.sleep(_FIRST_PAUSE_SEC * 2 ** (number - 1))
                last = LastTry(await _try(http, url, call, overrides), number + 1)
                if not overrides.retries_after(last.outcome):
                    break
    except TimeoutError:
        pass  # the last outcome counts
    return last


async def _try(
    http: httpx.AsyncClient, url: str, call: WebhookCall, overrides: Overrides
) -> httpx.Response | httpx.HTTPError:
    try:
        return await http.post(url, content=call.body, headers=call.headers, timeout=overrides.timeout)
    except httpx.HTTPError as error:
        return error


def _kind(outcome: httpx.Response | httpx.HTTPError) -> str | None:
    """Returns the name of a failure in a retry policy; None for a success."""
    if isinstance(outcome, httpx.Response):
        return f"{outcome.status_code // 100}xx" if outcome.is_error else None
    return "ct" if isinstance(outcome, (httpx.ConnectError, httpx.ConnectTimeout)) else "rt"
