"""Requests to public hosts go through the configured proxy; those to private hosts never do."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from adapters.http import client as http_client
from adapters.http.proxies import ignored, proxy_for, unusable
from tests.harness.processes import free_port, run_python
from tests.harness.stack import CORE_SECRET, Stack, api_process, worker_process

ODD = "localhost,::1/128,[::1],[::1]:8080,10.0.0.0/8,*.example.org:443,http://,[,%"
PROXY = "http://proxy.example:3128"
VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@asynccontextmanager
async def answering() -> AsyncIterator[tuple[str, list[str]]]:
    """Serves HTTP, and records the first line of each request; a proxy gets a whole URL."""
    asked: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        asked.append(head.partition(b"\r\n")[0].decode())
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked


async def test_public_host_is_asked_through_the_proxy_and_a_private_one_directly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with answering() as (proxy, by_proxy), answering() as (sidecar, directly), http_client.client() as http:
        monkeypatch.setenv("HTTP_PROXY", proxy)
        for url in (
            "http://api.twilio.example/a",
            f"{sidecar}/health",
            f"{sidecar.replace('127.0.0.1', 'localhost')}/x",
        ):
            assert (await http.get(url)).status_code == httpx.codes.NO_CONTENT

    assert by_proxy == ["GET http://api.twilio.example/a HTTP/1.1"]
    assert directly == ["GET /health HTTP/1.1", "GET /x HTTP/1.1"]


async def test_sidecar_is_asked_directly_whatever_its_name_is(monkeypatch: pytest.MonkeyPatch) -> None:
    sidecar = "http://Sidecar.Example:1"
    async with answering() as (proxy, by_proxy), http_client.client(sidecar=sidecar) as http:
        monkeypatch.setenv("HTTP_PROXY", proxy)
        with pytest.raises(httpx.ConnectError):
            await http.get(f"{sidecar}/health")
        await http.get("http://core.example/a")

    assert by_proxy == ["GET http://core.example/a HTTP/1.1"]


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]", "::ffff:127.0.0.1", "::"),
        *("100.64.0.1", "100.101.102.103", "mac.tail1234.ts.net", "mac.lan", "mac.home", "mac.fritz.box"),
        *("mac.home.arpa", "::ffff:100.64.0.1"),
        *("10.1.2.3", "172.31.0.1", "192.168.1.1", "fd00::1", "fe80::1%eth0", "169.254.1.1"),
        *(
            "imessage-kit",
            "mac.local",
            "mac.local.",
            "MAC.LOCAL",
            "redis.internal",
            "core.team.svc",
            "a.svc.cluster.local",
        ),
    ],
)
def test_private_host_never_goes_through_a_proxy(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("ALL_PROXY", PROXY)

    assert [proxy_for(scheme, host) for scheme in ("http", "https")] == [None, None]


@pytest.mark.parametrize(
    ("no_proxy", "host", "is_direct"),
    [
        ("", "api.twilio.com", False),
        (ODD, "api.twilio.com", False),
        (ODD, "a.example.org", True),
        ("*", "api.twilio.com", True),
        (" , twilio.com ", "api.twilio.com", True),
        (".twilio.com", "api.twilio.com", True),
        ("*.twilio.com", "API.Twilio.com", True),
        ("api.twilio.com:443", "api.twilio.com", True),
        ("twilio.com", "nottwilio.com", False),
        ("api.twilio.com", "twilio.com", False),
        ("8.8.0.0/16", "8.8.4.4", True),
        ("8.8.0.0/16", "8.9.4.4", False),
        ("8.8.4.4", "8.8.4.4", True),
        ("2001:4860::/32", "2001:4860::8888", True),
        ("[2001:4860::8888]:443", "2001:4860:0::8888", True),
        ("2001:4860::8888/128", "2001:4860::8889", False),
        ("", "100.63.0.1", False),
        ("", "core.example.home.com", False),
    ],
)
def test_no_proxy_is_understood_in_every_form(
    monkeypatch: pytest.MonkeyPatch, no_proxy: str, host: str, *, is_direct: bool
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", no_proxy)

    assert proxy_for("https", host) == (None if is_direct else PROXY)


def test_each_scheme_has_its_proxy_and_lower_case_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "other.example:3128")
    monkeypatch.setenv("https_proxy", "user:p%40ss@proxy.example:3128")
    monkeypatch.setenv("ALL_PROXY", "https://all.example")

    assert proxy_for("https", "core.example.com") == "http://user:p%40ss@proxy.example:3128"
    assert proxy_for("http", "core.example.com") == "https://all.example"
    assert list(unusable()) == []


def test_only_a_socks_proxy_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    assert list(ignored()) == []

    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    assert list(ignored()) == ["ALL_PROXY"]


@pytest.mark.parametrize("value", ["ftp://leak", "http://", "http://[", "http://leak:99999", "http://leak:0", "le ak"])
def test_proxy_that_is_none_is_a_problem_of_its_variable(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)

    assert list(unusable()) == ["HTTPS_PROXY: must be the URL of a proxy: http://host:port"]


async def test_everything_starts_and_the_sidecar_is_asked_directly_whatever_proxies_are_set(stack: Stack) -> None:
    http = {"HTTP_PROXY": "http://127.0.0.1:1", "HTTPS_PROXY": "http://[::1]:1"}
    given = {**stack.environment, **http, "ALL_PROXY": "socks5://127.0.0.1:1", "NO_PROXY": ODD, "METRICS_PORT": ""}
    api, worker = api_process({**given, "PORT": str(free_port())}), worker_process(given)
    try:
        await asyncio.gather(api.start(), worker.start())
        _, doctor = await run_python("-m", "tools.doctor", environment=given)
        code, seeded = await run_python(
            "tools/seed_candidate.py",
            "--url",
            stack.gateway_url,
            environment={**given, "WEBHOOK_SIGNING_SECRET": CORE_SECRET},
        )
        outputs = [api.output, worker.output]
    finally:
        await api.kill()
        await worker.kill()

    assert re.search("^ok +imessage.sidecar +healthy", doctor, re.MULTILINE)
    assert re.search("^ok +core.reachable", doctor, re.MULTILINE)
    assert (code, "accepted" in seeded) == (0, True), seeded
    assert all("socks_proxy_ignored" in output for output in outputs)
    assert "settings.proxy" in doctor
