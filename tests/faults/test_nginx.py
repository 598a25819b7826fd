"""deploy/nginx in front of a real api: what Twilio, core and strangers meet.

The files as they are, but for ports, certificate, folders, IPv6 (which a machine may lack), and a shorter patience.
"""

import asyncio
import getpass
import re
import shutil
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.harness.core import Core, draft
from tests.harness.edges import another_edge, twilio_posts, twilio_signature
from tests.harness.endpoints import HIDDEN
from tests.harness.keys import encryption_keys, secret
from tests.harness.phone import Owner
from tests.harness.processes import REPOSITORY, Process, free_port
from tests.harness.stack import CORE_SECRET, Stack
from tests.harness.waits import LONGEST, until_waiting

NGINX = shutil.which("nginx") or shutil.which("nginx", path=str(REPOSITORY / ".tools"))

pytestmark = pytest.mark.skipif(NGINX is None, reason="there is no nginx; make nginx fetches it where there is apt")

NAME = "approvals.example.com"
WEBHOOK = f"https://{NAME}/webhooks/whatsapp"
REQUESTS_PER_MIN = 60
PATIENCE_SEC = 30
"""Of the proxy, for any other answer."""

WAITS = 120
"""More than the connections that the proxy gives a client for anything else."""

MAX_CONCURRENT_STREAMS = 3
"""A setting's number in HTTP/2 (RFC 9113, section 6.5.2)."""
WAITS = 120
"""More than nginx gives one client for anything else."""

_MOST_STREAMS = 3
"""What HTTP/2 calls the setting (RFC 9113, 6.5.2)."""


@dataclass(frozen=True)
class Site:
    port: int
    http_port: int
    folder: Path
    trust: ssl.SSLContext
    client: httpx.AsyncClient
    edge: httpx.AsyncClient


@pytest.fixture(scope="module")
async def site(shared_stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """Run nginx in front of an edge that knows its public URL from the proxy alone, which asks most of the headers."""
    codec = {"CODEC_SECRETS": secret("codec"), "PAYLOAD_ENCRYPTION_KEYS": encryption_keys("a")}
    settings = {"PUBLIC_BASE_URL": "", "CLIENT_REQUESTS_PER_MIN": str(REQUESTS_PER_MIN), **codec}
    async with running_site(shared_stack, tmp_path_factory.mktemp("nginx"), **settings) as running:
        yield running


@asynccontextmanager
async def running_site(stack: Stack, folder: Path, **settings: str) -> AsyncIterator[Site]:
    port, http_port = free_port(), free_port()
    trust = certified(folder)
    async with another_edge(stack, **settings) as edge:
        nginx = nginx_process(folder, {"443": port, "80": http_port, "8080": edge.base_url.port or 0})
        await nginx.start()
        try:
            async with httpx.AsyncClient(
                base_url=f"https://{NAME}", transport=Through(port, trust), timeout=15
            ) as client:
                yield Site(port, http_port, folder, trust, client, edge)
        finally:
            await nginx.stop()


class Through(httpx.AsyncHTTPTransport):
    """Reaches a name at a port of this machine, as a resolver would send it."""

    def __init__(self, port: int, trust: ssl.SSLContext) -> None:
        super().__init__(verify=trust, limits=httpx.Limits(max_connections=None))
        self._port = port

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions["sni_hostname"] = request.url.host
        request.url = request.url.copy_with(host="127.0.0.1", port=self._port)
        return await super().handle_async_request(request)


def nginx_process(folder: Path, ports: dict[str, int]) -> Process:
    for name in ("acme", "approval-gateway"):
        text = (REPOSITORY / f"deploy/nginx/{name}.conf").read_text(encoding="utf-8")
        text = re.sub(r"^ *listen \[::\].*\n", "", text, flags=re.MULTILINE)
        text = re.sub(r"listen (\d+)", lambda match: f"listen 127.0.0.1:{ports[match[1]]}", text)
        text = text.replace("127.0.0.1:8080", f"127.0.0.1:{ports['8080']}")
        text = text.replace(f"/etc/letsencrypt/live/{NAME}", str(folder)).replace("/var/www/acme", str(folder / "acme"))
        text = text.replace("client_header_timeout 10s", "client_header_timeout 1s")
        (folder / f"{name}.conf").write_text(text, encoding="utf-8")
    kept = "".join(f"{one}_temp_path {folder}/{one};" for one in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"user {getpass.getuser()}; daemon off; pid {folder}/nginx.pid; error_log stderr;\n"
        f"events {{}}\nhttp {{ access_log off; {kept}\n"
        f"include {folder}/acme.conf; include {folder}/approval-gateway.conf; }}\n",
        encoding="utf-8",
    )

    async def listens() -> bool:
        _, writer = await asyncio.open_connection("127.0.0.1", ports["443"])
        writer.close()
        return True

    return Process([str(NGINX), "-e", "stderr", "-c", str(folder / "nginx.conf")], {}, listens)


def certified(folder: Path) -> ssl.SSLContext:
    """Write a certificate where certbot would, and give the trust in it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(
            name,
            name,
            key.public_key(),
            x509.random_serial_number(),
            now - timedelta(hours=1),
            now + timedelta(hours=1),
        )
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    (folder / "fullchain.pem").write_bytes(pem)
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return ssl.create_default_context(cadata=pem.decode())


async def test_signed_webhook_is_taken_and_a_forged_one_is_not(site: Site, owner: Owner) -> None:
    """Whatever the client claims of the scheme: the proxy replaces it."""
    pairs = [("MessageSid", f"SM{uuid4().hex}"), ("From", owner.whatsapp), ("Body", "grüße +&=%\U0001f600")]

    signed = await twilio_posts(site.client, pairs, signed_url=WEBHOOK, X_Forwarded_Proto="http")
    forged = await twilio_posts(site.client, pairs, signature=twilio_signature(WEBHOOK, pairs, token="another-token"))

    assert (signed.status_code, forged.status_code) == (200, 403)
    assert signed.headers["Content-Type"].startswith("text/xml")
    assert signed.headers["Strict-Transport-Security"] == "max-age=31536000"


async def test_what_is_for_operators_stays_inside(site: Site) -> None:
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


async def test_plain_http_leads_to_https_but_for_the_challenge_of_certbot(site: Site) -> None:
    challenge = site.folder / "acme/.well-known/acme-challenge"
    challenge.mkdir(parents=True)
    (challenge / "token").write_text("proof", encoding="utf-8")
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{site.http_port}") as plain:
        answered = await plain.get("/.well-known/acme-challenge/token")
        led = await plain.post("/webhooks/whatsapp?x=1")

    assert answered.text == "proof"
    assert (led.status_code, led.headers["Location"]) == (301, f"{WEBHOOK}?x=1")


async def test_no_other_name_is_served(site: Site) -> None:
    """Neither to a handshake, nor to a request over a connection to the right name."""
    with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
        await asyncio.open_connection("127.0.0.1", site.port, ssl=site.trust, server_hostname="elsewhere.example.com")

    with pytest.raises(httpx.RemoteProtocolError):
        await site.client.get("/", headers={"Host": "elsewhere.example.com"})


async def test_headers_that_drip_are_cut_off_and_a_stranger_with_a_body_is_refused_without_it(site: Site) -> None:
    silent, announced = await asyncio.gather(
        said(site, "POST /candidate HTTP/1.1\r\nHost: x\r\nX-Slow: "),
        said(site, f"POST /candidate HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 100\r\n\r\n"),
    )

    assert silent == "" or silent.startswith("HTTP/1.1 408 ")
    assert announced.startswith("HTTP/1.1 401 ")


async def said(site: Site, request: str) -> str:
    """Send what is not the whole of a request, and give what is said to it until the connection is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port, ssl=site.trust, server_hostname=NAME)
    writer.write(request.encode())
    try:
        async with asyncio.timeout(10):
            return (await reader.readuntil(b"\r\n\r\n")).decode()
    except (asyncio.IncompleteReadError, ConnectionError):
        return ""
    finally:
        writer.close()


async def test_body_above_the_limit_is_refused_by_the_api_and_one_far_above_by_nginx(site: Site, stack: Stack) -> None:
    headers = {
        "Authorization": f"Bearer {stack.environment['WEBHOOK_SIGNING_SECRET']}",
        "Content-Type": "application/json",
    }
    above = await site.client.post("/candidate", headers=headers, content=b" " * (128 * 1024 + 1))
    far_above = await site.client.post("/candidate", headers=headers, content=b" " * (256 * 1024))

    assert (above.status_code, far_above.status_code) == (413, 413)
    assert above.json()["detail"]
    assert "nginx" in far_above.text


async def test_nobody_chooses_the_address_that_is_counted(site: Site) -> None:
    """Else a client would have as many limits as it can name addresses."""
    claims = [f"198.51.100.{number}" for number in range(REQUESTS_PER_MIN + 10)]
    answers = [(await site.client.get("/activity", headers={"X-Forwarded-For": claim})).status_code for claim in claims]

    assert answers[0] == 401
    assert answers[-1] == 429


async def test_core_waits_long_and_often_and_can_do_all_else_meanwhile(stack: Stack, tmp_path: Path) -> None:
    """One wait that ends by itself shows that the proxy has given up none of the others."""
    candidate = draft()
    async with running_site(stack, tmp_path) as site, Core(str(site.edge.base_url), CORE_SECRET) as direct:
        site.client.headers = httpx.Headers({"Authorization": f"Bearer {CORE_SECRET}"})
        url = f"/candidate/{candidate['id']}"
        accepted = await site.client.post("/candidate", json=candidate)
        seconds = [*[LONGEST] * WAITS, PATIENCE_SEC + 2]
        waits: list[asyncio.Task[httpx.Response]] = []
        for start in range(0, len(seconds), 20):  # a busy machine cannot greet them all at once
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
        header = await reader.readexactly(9)  # of the frame that each server sends first: its settings
        settings = struct.iter_unpack("!HI", await reader.readexactly(int.from_bytes(header[:3])))
    finally:
        writer.close()

    assert dict(settings)[MAX_CONCURRENT_STREAMS] > 2000
