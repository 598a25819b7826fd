"""deploy/nginx in front of a real api: what Twilio, core and strangers get."""

import asyncio
import ssl
import struct
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.harness.core import Core, draft
from tests.harness.edges import twilio_posts, twilio_signature
from tests.harness.endpoints import HIDDEN
from tests.harness.nginx import CODEC, NAME, Site, needs_nginx, said, site_of_an_edge
from tests.harness.phone import Owner
from tests.harness.stack import CORE_SECRET, Stack
from tests.harness.waits import LONGEST, until_waiting

pytestmark = needs_nginx

WEBHOOK = f"https://{NAME}/webhooks/whatsapp"
REQUESTS_PER_MIN = 60
PATIENCE_SEC = 30
"""The proxy's timeout for all requests that are not waits."""

WAITS = 120
"""The number of core's simultaneous waits."""

MAX_CONCURRENT_STREAMS = 3
"""The number of this HTTP/2 setting (RFC 9113, section 6.5.2)."""


@pytest.fixture(scope="module")
async def site(shared_stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """Runs nginx in front of an edge that knows its public URL only from the proxy's headers."""
    settings = {"PUBLIC_BASE_URL": "", "CLIENT_REQUESTS_PER_MIN": str(REQUESTS_PER_MIN), **CODEC}
    async with site_of_an_edge(shared_stack, tmp_path_factory.mktemp("nginx"), settings) as (running, _):
        yield running


async def test_signed_webhook_is_accepted_and_a_forged_one_is_refused(site: Site, owner: Owner) -> None:
    """The proxy replaces the scheme that the client claims."""
    pairs = [("MessageSid", f"SM{uuid4().hex}"), ("From", owner.whatsapp), ("Body", "grüße +&=%\U0001f600")]

    signed = await twilio_posts(site.client, pairs, signed_url=WEBHOOK, X_Forwarded_Proto="http")
    forged = await twilio_posts(site.client, pairs, signature=twilio_signature(WEBHOOK, pairs, token="another-token"))

    assert (signed.status_code, forged.status_code) == (200, 403)
    assert signed.headers["Content-Type"].startswith("text/xml")
    assert signed.headers["Strict-Transport-Security"] == "max-age=31536000"


async def test_endpoints_for_operators_are_not_public(site: Site) -> None:
    hidden = [
        *HIDDEN,
        "/codec",
        f"https://{NAME}//metrics",
        "/%6Detrics",
        "/./readyz",
        "/static-offline-docs/swagger-ui.css",
    ]
    answers = {path: (await site.client.get(path)).status_code for path in hidden}

    assert answers == dict.fromkeys(hidden, 404)
    assert (await site.client.get("/")).json()["status"] == "ok"


async def test_plain_http_redirects_only_reads(site: Site) -> None:
    """A redirected POST would become a GET, and the client would send its secret in clear again."""
    challenge = site.folder / "acme/.well-known/acme-challenge"
    challenge.mkdir(parents=True)
    (challenge / "token").write_text("proof", encoding="utf-8")
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{site.http_port}", headers={"Host": NAME}) as plain:
        answered = await plain.get("/.well-known/acme-challenge/token")
        led = await plain.get("/activity?limit=1")
        posted, deleted, of_twilio = [
            await plain.request(method, path)
            for method, path in (("POST", "/candidate"), ("DELETE", "/candidate/x"), ("POST", "/webhooks/whatsapp"))
        ]
        with pytest.raises(httpx.RemoteProtocolError):
            await plain.get("/", headers={"Host": "198.51.100.1"})

    assert answered.text == "proof"
    assert (led.status_code, led.headers["Location"]) == (301, f"https://{NAME}/activity?limit=1")
    assert (posted.status_code, deleted.status_code, of_twilio.status_code) == (403, 403, 403)
    assert "https" in posted.json()["detail"]
    assert of_twilio.content == b""


async def test_no_other_name_is_served(site: Site) -> None:
    """Neither a handshake nor a request over a connection to the right name gets an answer."""
    with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
        await asyncio.open_connection("127.0.0.1", site.port, ssl=site.trust, server_hostname="elsewhere.example.com")

    with pytest.raises(httpx.RemoteProtocolError):
        await site.client.get("/", headers={"Host": "elsewhere.example.com"})


async def test_slow_headers_are_cut_off_and_a_stranger_is_refused_before_the_body(site: Site) -> None:
    silent, announced = await asyncio.gather(
        said(site, b"POST /candidate HTTP/1.1\r\nHost: x\r\nX-Slow: "),
        said(site, f"POST /candidate HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 100\r\n\r\n".encode()),
    )

    assert silent == "" or silent.startswith("HTTP/1.1 408 ")
    assert announced.startswith("HTTP/1.1 401 ")


async def test_body_above_the_limit_is_refused_by_the_api_and_one_far_above_by_nginx(site: Site, stack: Stack) -> None:
    headers = {
        "Authorization": f"Bearer {stack.environment['WEBHOOK_SIGNING_SECRET']}",
        "Content-Type": "application/json",
    }
    above = await site.client.post("/candidate", headers=headers, content=b" " * (128 * 1024 + 1))
    far_above = await site.client.post("/candidate", headers=headers, content=b" " * (256 * 1024))

    assert (above.status_code, far_above.status_code) == (413, 413)
    assert (above.json()["detail"], far_above.json()["detail"]) == (
        "the body is longer than 131072 bytes",
        "the body is longer than 129 KiB",
    )


async def test_client_cannot_choose_the_address_that_is_counted(site: Site) -> None:
    """Otherwise a client would have one limit for each address that it can invent."""
    claims = [f"198.51.100.{number}" for number in range(REQUESTS_PER_MIN + 10)]
    answers = [(await site.client.get("/activity", headers={"X-Forwarded-For": claim})).status_code for claim in claims]

    assert answers[0] == 401
    assert answers[-1] == 429


async def test_core_can_have_many_long_waits_and_other_requests_at_once(stack: Stack, tmp_path: Path) -> None:
    """The wait that times out proves that the proxy has dropped none of the others."""
    candidate = draft()
    async with (
        site_of_an_edge(stack, tmp_path) as (site, edge),
        Core(str(edge.base_url), CORE_SECRET) as direct,
    ):
        site.client.headers = httpx.Headers({"Authorization": f"Bearer {CORE_SECRET}"})
        url = f"/candidate/{candidate['id']}"
        accepted = await site.client.post("/candidate", json=candidate)
        seconds = [*[LONGEST] * WAITS, PATIENCE_SEC + 2]
        waits: list[asyncio.Task[httpx.Response]] = []
        for start in range(0, len(seconds), 20):  # a busy machine cannot accept them all at once
            some = seconds[start : start + 20]
            waits += [asyncio.create_task(site.client.get(url, params={"wait": one}, timeout=120)) for one in some]
            await until_waiting(direct, len(waits))
        others = [await site.client.post("/candidate", json=candidate), await site.client.get("/activity")]
        last = await waits[-1]
        withdrawn = await site.client.delete(url)
        answers = await asyncio.gather(*waits)

    assert (accepted.status_code, withdrawn.status_code) == (202, 202)
    assert [(other.status_code, other.json().get("status")) for other in others] == [(202, "duplicate"), (200, None)]
    assert last.json()["decision"] is None
    assert last.elapsed > timedelta(seconds=PATIENCE_SEC)
    assert [answer.json()["decision"] for answer in answers[:-1]] == ["expired"] * WAITS


async def test_one_connection_by_http_2_has_room_for_all_waits_of_an_api(site: Site) -> None:
    context = ssl.create_default_context(cadata=(site.folder / "fullchain.pem").read_text(encoding="utf-8"))
    context.set_alpn_protocols(["h2"])
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port, ssl=context, server_hostname=NAME)
    try:
        header = await reader.readexactly(9)  # the header of each server's first frame, its settings
        settings = struct.iter_unpack("!HI", await reader.readexactly(int.from_bytes(header[:3])))
    finally:
        writer.close()

    assert dict(settings)[MAX_CONCURRENT_STREAMS] > 2000
