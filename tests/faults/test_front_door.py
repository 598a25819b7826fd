"""deploy/nginx while the api restarts, stalls or is down; its own answers, log and TLS."""

import asyncio
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.harness.core import draft
from tests.harness.edges import twilio_posts
from tests.harness.nginx import CLIENT_ADDRESS, CODEC, NAME, Site, needs_nginx, running_site, said, site_of_an_edge
from tests.harness.processes import Process, free_port
from tests.harness.stack import CORE_SECRET, Stack, api_process

pytestmark = needs_nginx

AUTHORIZED = {"Authorization": f"Bearer {CORE_SECRET}"}
HSTS = "max-age=31536000"
REQUESTS_PER_SEC = 10
TWILIO_WAITS_SEC = 15
ENCODED = f"POST /candidate HTTP/1.1\r\nHost: {NAME}\r\nTransfer-Encoding: gzip\r\n\r\n".encode()


@contextmanager
def silence() -> Iterator[int]:
    """Yields a port that accepts connections and never answers, like a frozen process."""
    with socket.create_server(("127.0.0.1", port := free_port())):
        yield port


@contextmanager
def full_queue() -> Iterator[int]:
    """Yields a port that accepts no more connections, like a process that froze under load."""
    with socket.create_server(("127.0.0.1", port := free_port()), backlog=0), ExitStack() as waiting:
        with suppress(TimeoutError):
            while True:
                waiting.enter_context(socket.create_connection(("127.0.0.1", port), timeout=0.2))
        yield port


async def test_no_request_is_lost_while_two_apis_restart_in_turn(stack: Stack, tmp_path: Path) -> None:
    """Requests of core and of Twilio all succeed at the first attempt, ten a second and more."""
    candidate, ports = draft(), [free_port(), free_port()]
    apis = [api_process({**stack.environment, "PORT": str(port)}) for port in ports]
    async with AsyncExitStack() as ends:
        for api in apis:
            ends.push_async_callback(api.kill)
            await api.start()
        site = await ends.enter_async_context(running_site(tmp_path, ports))
        requests: list[asyncio.Task[httpx.Response]] = []
        clock = asyncio.get_running_loop().time
        began_at = sent_at = clock()
        restarting = asyncio.create_task(restart(*apis, *apis))
        while not restarting.done():
            sent_at = clock()
            while len(requests) < (sent_at - began_at) * REQUESTS_PER_SEC:
                asks = of_core(site, candidate) if len(requests) % 2 else of_twilio(site, stack)
                requests.append(asyncio.create_task(asks))
            await asyncio.sleep(1 / REQUESTS_PER_SEC)
        await restarting
        answers = await asyncio.gather(*requests)

    refused = [
        (answer.status_code, answer.text, answer.headers) for answer in answers if answer.status_code not in {202, 204}
    ]
    assert refused == []
    assert len(answers) >= (sent_at - began_at) * REQUESTS_PER_SEC


async def restart(*apis: Process) -> None:
    for api in apis:
        await api.restart()


async def of_core(site: Site, candidate: object) -> httpx.Response:
    return await site.client.post("/candidate", json=candidate, headers=AUTHORIZED)


async def of_twilio(site: Site, stack: Stack) -> httpx.Response:
    path = "/webhooks/whatsapp/status/nobody/1-1"
    form = [("MessageSid", f"SM{uuid4().hex}"), ("MessageStatus", "delivered")]
    return await twilio_posts(site.client, form, path=path, signed_url=f"{stack.gateway_url}{path}")


async def test_nginx_answers_in_the_format_of_the_api_during_its_outage(tmp_path: Path) -> None:
    async with running_site(tmp_path, [free_port()]) as site:
        core = await site.client.post("/candidate", json=draft())
        sidecar = await site.client.post("/webhooks/imessage", json={})
        twilio = [await site.client.post(f"/webhooks/whatsapp{rest}") for rest in ("", "/status/cr_1/1-1")]

    for answer in (core, sidecar, *twilio):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert answer.headers["Strict-Transport-Security"] == HSTS
    assert core.json() == sidecar.json()
    assert "send the same again" in core.json()["detail"]
    assert [(answer.content, answer.headers["Content-Type"]) for answer in twilio] == [(b"", "text/xml")] * 2


async def test_nginx_refuses_in_the_format_of_the_api(tmp_path: Path) -> None:
    async with running_site(tmp_path, [free_port()]) as site:
        refused = {
            404: await site.client.get("/metrics"),
            405: await site.client.request("TRACE", "/"),
            413: await site.client.post("/candidate", content=bytes(256 * 1024)),
            414: await site.client.get(f"/{'a' * 9000}"),
            431: await site.client.get("/", headers={"X-Long": "a" * 9000}),
        }
        too_long_for_twilio = await site.client.post("/webhooks/whatsapp", content=bytes(256 * 1024))
        unreadable = await said(site, b"HELLO\r\n\r\n")
        encoded = await said(site, ENCODED)

    assert {
        answer.status_code: answer.headers["Strict-Transport-Security"] for answer in refused.values()
    } == dict.fromkeys(refused, HSTS)
    assert all(answer.json()["detail"] for answer in refused.values())
    assert (too_long_for_twilio.status_code, too_long_for_twilio.content) == (413, b"")
    assert unreadable.startswith("HTTP/1.1 400 ")
    assert unreadable.endswith('\r\n\r\n{"detail":"the request cannot be read"}')
    assert encoded.startswith("HTTP/1.1 501 ")
    assert encoded.endswith('\r\n\r\n{"detail":"send the body with Content-Length, or chunked"}')


async def test_http_to_the_port_of_https_is_refused_in_the_format_of_the_api(tmp_path: Path) -> None:
    async with (
        running_site(tmp_path, [free_port()]) as site,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{site.port}", headers={"Host": NAME}) as http,
    ):
        core, twilio = await http.post("/candidate", json={}), await http.post("/webhooks/whatsapp")
        with pytest.raises(httpx.RemoteProtocolError):
            await http.get("/", headers={"Host": "198.51.100.1"})

    assert (core.status_code, twilio.status_code, twilio.content) == (403, 403, b"")
    assert "https" in core.json()["detail"]


async def test_port_80_refuses_in_the_format_of_the_api(tmp_path: Path) -> None:
    """An unreadable request gets no answer, because it might be for another name."""
    async with running_site(tmp_path, [free_port()]) as site:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{site.http_port}", headers={"Host": NAME}) as http:
            refused = {
                403: await http.post("/candidate", json={}),
                404: await http.get("/.well-known/acme-challenge/unknown"),
                405: await http.request("TRACE", "/"),
                413: await http.post("/candidate", content=bytes(256 * 1024)),
                431: await http.get("/", headers={"X-Long": "a" * 9000}),
            }
        encoded = await said(site, ENCODED, encrypted=False)
        unreadable = [
            await said(site, request, encrypted=False)
            for request in (b"HELLO\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n")
        ]

    assert [answer.status_code for answer in refused.values()] == [*refused]
    assert all(answer.json()["detail"] for answer in refused.values())
    assert encoded.startswith("HTTP/1.1 501 ")
    assert encoded.endswith('"}')
    assert unreadable == [""] * 3


async def test_client_with_too_many_open_requests_learns_when_to_retry(tmp_path: Path) -> None:
    """An IPv6 client is a /64 network, because it has all of the addresses."""
    one = {"limit_conn requests_of_a_client 1000;": "limit_conn requests_of_a_client 1;"}
    with silence() as port:
        async with running_site(tmp_path, [port], one) as site:
            core, twilio, other_network, other_address = await asyncio.gather(
                second(site, "/activity", "192.0.2.1", "192.0.2.1"),
                second(site, "/webhooks/whatsapp", "2001:db8::1", "2001:db8::2"),
                second(site, "/activity", "2001:db8:1:1::1", "2001:db8:1:2::1"),
                second(site, "/activity", "192.0.2.3", "192.0.2.4"),
            )

    assert core is not None
    assert (core.status_code, core.headers["Retry-After"]) == (429, "5")
    assert "too many requests" in core.json()["detail"]
    assert twilio is not None
    assert (twilio.status_code, twilio.headers["Retry-After"], twilio.content) == (429, "5", b"")
    assert other_network is None
    assert other_address is None


async def second(site: Site, path: str, first_address: str, address: str) -> httpx.Response | None:
    """Sends two requests at once; returns the answer to the second, or None after 3 s."""
    first = asyncio.create_task(site.client.get(path, headers={CLIENT_ADDRESS: first_address}))
    try:
        await asyncio.sleep(1)
        return await site.client.get(path, headers={CLIENT_ADDRESS: address}, timeout=3)
    except httpx.ReadTimeout:
        return None
    finally:
        first.cancel()


async def test_twilio_is_answered_before_its_timeout_while_an_api_is_frozen(tmp_path: Path) -> None:
    with silence() as port:
        async with running_site(tmp_path, [port]) as site:
            answer = await site.client.post("/webhooks/whatsapp", timeout=60)

    assert (answer.status_code, answer.headers["Retry-After"], answer.content) == (503, "5", b"")
    assert seconds_of_the_last_request(site) < TWILIO_WAITS_SEC


async def test_twilio_is_answered_before_its_timeout_while_one_api_accepts_no_connections(tmp_path: Path) -> None:
    """The other one is asked, and is frozen."""
    with full_queue() as port, silence() as other:
        async with running_site(tmp_path, [port, other]) as site:
            answer = await site.client.post("/webhooks/whatsapp", timeout=60)

    assert answer.status_code == 503
    assert site.log.endswith(f"127.0.0.1:{port}, 127.0.0.1:{other}\n")
    assert seconds_of_the_last_request(site) < TWILIO_WAITS_SEC


def seconds_of_the_last_request(site: Site) -> float:
    """Returns the time that nginx took, which no other process of a slow machine extends."""
    (seconds,) = re.findall(r"\b([\d.]+)s ", site.log.splitlines()[-1])
    return float(seconds)


async def test_body_that_stalls_gets_the_answer_of_the_api(stack: Stack, tmp_path: Path) -> None:
    head = f"Host: {NAME}\r\nContent-Length: 100\r\n"
    async with site_of_an_edge(stack, tmp_path) as (site, _):
        core, twilio = await asyncio.gather(
            said(
                site,
                f"POST /candidate HTTP/1.1\r\n{head}Authorization: Bearer {CORE_SECRET}\r\n\r\n ".encode(),
                within=60,
            ),
            said(site, f"POST /webhooks/whatsapp HTTP/1.1\r\n{head}X-Twilio-Signature: x\r\n\r\n ".encode(), within=60),
        )

    for answer in (core, twilio):
        assert answer.startswith("HTTP/1.1 408 ")
        assert "the body took longer" in answer


async def test_codec_is_open_only_to_the_networks_of_operators(stack: Stack, tmp_path: Path) -> None:
    allowed = {"# allow 203.0.113.0/24;": "allow 203.0.113.0/24;"}
    async with site_of_an_edge(stack, tmp_path, CODEC, allowed) as (site, _):
        operator, stranger = [
            [(await site.client.request(method, path, headers={CLIENT_ADDRESS: address})) for method, path in asked]
            for address in ("203.0.113.7", "203.0.114.7")
            for asked in [(("GET", "/codec/sign-in"), ("POST", "/codec/decode"))]
        ]

    assert [answer.status_code for answer in operator] == [401, 401]
    assert "WWW-Authenticate" in operator[0].headers
    assert [answer.status_code for answer in stranger] == [404, 404]


async def test_head_is_answered_as_get(stack: Stack, tmp_path: Path) -> None:
    async with site_of_an_edge(stack, tmp_path) as (site, _):
        heads = [await site.client.head(path) for path in ("/", "/healthz")]

    assert [head.status_code for head in heads] == [200, 200]


async def test_only_ciphers_of_mozillas_intermediate_list_are_accepted(tmp_path: Path) -> None:
    async with running_site(tmp_path, [free_port()]) as site:
        spoken = [
            await speaks(site, cipher) for cipher in ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305")
        ]
        refused = [
            await speaks(site, cipher)
            for cipher in ("ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-CCM8", "ECDHE-ECDSA-CAMELLIA128-SHA256")
        ]

    assert (spoken, refused) == ([True] * 2, [False] * 3)


async def speaks(site: Site, cipher: str) -> bool:
    context = ssl.create_default_context(cadata=(site.folder / "fullchain.pem").read_text(encoding="utf-8"))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(f"{cipher}:@SECLEVEL=0")
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", site.port, ssl=context, server_hostname=NAME)
    except ssl.SSLError:
        return False
    writer.close()
    return True


async def test_log_contains_no_brand_and_no_cursor_and_the_error_log_has_both(tmp_path: Path) -> None:
    """Both have the client's address. The api is away, which makes an entry in the error log."""
    async with running_site(tmp_path, [free_port()]) as site:
        address = {CLIENT_ADDRESS: "192.0.2.7"}
        await site.client.get("/activity", params={"brand_id": "b_acme", "cursor": "eyJ"}, headers=address)
        await said(site, b"GET /activity?brand_id=b_acme HTTP/1.1 b_acme\r\n\r\n")
        log, error_log = site.log, site.error_log

    assert log.startswith("192.0.2.7 ")
    assert "/activity" in log
    assert "b_acme" not in log
    assert "eyJ" not in log
    assert "client: 192.0.2.7" in error_log
    assert "/activity?brand_id=b_acme&cursor=eyJ" in error_log
