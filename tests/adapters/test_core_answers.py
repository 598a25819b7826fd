"""Core's answers can be garbage, endless, slow or redirects; deliveries handle each."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from adapters.core import CoreDecisions
from domain.decision import Decision, Outcome
from domain.errors import CallbackPostponedError, CallbackRefusedError

DECISION = Decision(Outcome.REJECTED, None, "operator:ann", datetime.now(UTC), timedelta(0))
BEARER = "callback-secret-of-the-tests"
OK = b"HTTP/1.1 200 OK\r\n"
WITHIN = timedelta(seconds=0.5)
"""The time limit for an answer that never arrives."""
PATIENCE = timedelta(seconds=20)
"""Far longer than a busy machine needs, and far shorter than an endless body."""
BUFFERS = 30_000_000  # more than the kernel's buffers on both sides of a connection


@dataclass
class RawCore:
    """Answers every request with these bytes, while entered."""

    answer: Iterable[bytes]
    pause_sec: float = 0
    url: str = ""
    requests: list[bytes] = field(default_factory=list)
    sent: int = 0
    connections: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(ConnectionError):
            await self.answer_one(reader, writer)
        writer.close()

    async def answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.requests.append(await reader.readuntil(b"\r\n\r\n"))
        for piece in self.answer:
            writer.write(piece)
            await writer.drain()
            self.sent += len(piece)
            await asyncio.sleep(self.pause_sec)


class PatientCore(RawCore):
    """Answers further requests on the same connection."""

    async def answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            while True:
                await super().answer_one(reader, writer)
                length = int(re.findall(rb"(?i)content-length: (\d+)", self.requests[-1])[0])
                await reader.readexactly(length)


@asynccontextmanager
async def answering(
    answer: Iterable[bytes], pause_sec: float = 0, kind: type[RawCore] = RawCore
) -> AsyncIterator[RawCore]:
    core = kind(answer, pause_sec)
    server = await asyncio.start_server(core.serve, "127.0.0.1", 0)
    async with server:
        core.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/decisions"
        yield core


async def deliver(core: RawCore, within: timedelta = PATIENCE) -> float:
    """Delivers a decision, and returns how long that took."""
    started_at = time.monotonic()
    async with httpx.AsyncClient() as http:
        await CoreDecisions(http, core.url, BEARER, [], answered_within=within).deliver("cr_1", DECISION)
    return time.monotonic() - started_at


def endless(head: bytes, piece: bytes) -> Callable[[], Iterable[bytes]]:
    def answer() -> Iterable[bytes]:
        yield head
        while True:
            yield piece

    return answer


SUCCESSES: dict[str, Callable[[], Iterable[bytes]]] = {
    "shorter than announced": lambda: [OK + b"Content-Length: 1000\r\n\r\n{"],
    "not what its type says": lambda: [OK + b"Content-Type: application/json\r\nContent-Length: 4\r\n\r\n\xff\x00{["],
    "no gzip": lambda: [OK + b"Content-Encoding: gzip\r\nContent-Length: 7\r\n\r\nno gzip"],
    "broken chunks": lambda: [OK + b"Transfer-Encoding: chunked\r\n\r\nrubbish\r\n"],
    "terabytes": endless(OK + b"Content-Length: 4000000000000\r\n\r\n", b"x" * 65536),
    "endless chunks": endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65536 + b"\r\n"),
    "nothing": lambda: [b"HTTP/1.1 204 No Content\r\n\r\n"],
}


@pytest.mark.parametrize("answer", SUCCESSES.values(), ids=SUCCESSES)
async def test_2xx_is_success_whatever_follows_it(answer: Callable[[], Iterable[bytes]]) -> None:
    async with answering(answer()) as core:
        await deliver(core)

        assert len(core.requests) == 1
        assert core.sent < BUFFERS, "the body was read"


@pytest.mark.parametrize(("length", "connections"), [(2, 1), (100_000, 2)])
async def test_connection_serves_the_next_decision_if_the_answer_was_short(length: int, connections: int) -> None:
    answer = OK + b"Content-Length: %d\r\n\r\n" % length + b"x" * length
    async with answering([answer], kind=PatientCore) as core, httpx.AsyncClient() as http:
        decisions = CoreDecisions(http, core.url, BEARER, [], answered_within=PATIENCE)
        for number in range(2):
            await decisions.deliver(f"cr_{number}", DECISION)

    assert core.connections == connections


async def test_body_that_comes_drop_by_drop_is_not_waited_for() -> None:
    async with answering(endless(OK + b"\r\n", b"x")(), pause_sec=0.05) as core:
        assert await deliver(core) < PATIENCE.total_seconds()


@pytest.mark.parametrize(
    "answer",
    [
        endless(OK, b"X-Wait: more\r\n"),
        endless(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    ],
    ids=["headers without an end", "nothing but early hints"],
)
async def test_answer_that_never_gets_anywhere_is_given_up_in_time(answer: Callable[[], Iterable[bytes]]) -> None:
    async with answering(answer(), pause_sec=0.05) as core:
        started_at = time.monotonic()
        with pytest.raises(CallbackPostponedError):
            await deliver(core, WITHIN)

        assert time.monotonic() - started_at < PATIENCE.total_seconds()


@pytest.mark.parametrize("answer", [b"", b"220 mail.example ESMTP\r\n"], ids=["nothing", "another protocol"])
async def test_what_is_no_http_is_tried_again_later(answer: bytes) -> None:
    async with answering([answer]) as core:
        with pytest.raises(CallbackPostponedError):
            await deliver(core)


async def test_redirect_is_refused_and_its_target_learns_nothing() -> None:
    async with answering([OK + b"\r\n"]) as elsewhere:
        location = elsewhere.url.replace("127.0.0.1", "localhost").encode()
        for status in (b"301", b"302", b"303", b"307", b"308"):
            head = b"HTTP/1.1 " + status + b" Elsewhere\r\nLocation: " + location
            async with answering([head + b"\r\nContent-Length: 0\r\n\r\n"]) as core:
                with pytest.raises(CallbackRefusedError, match=status.decode()):
                    await deliver(core)
                assert f"Bearer {BEARER}".encode() in core.requests[0]

    assert elsewhere.requests == []


async def test_connection_that_is_refused_is_tried_again_later() -> None:
    async with answering([]) as core:
        pass

    with pytest.raises(CallbackPostponedError, match="ConnectError"):
        await deliver(core)
