"""Any input gets a documented answer; refused input starts nothing and does not change the edge."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote_from_bytes
from uuid import uuid4
from xml.etree import ElementTree as ET

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from domain.temporal_names import WorkflowType
from tests.domain.examples import HOSTILE
from tests.harness.asking import asked_everywhere
from tests.harness.core import CandidateBody
from tests.harness.edges import twilio_signature
from tests.harness.naming import label
from tests.harness.operator import until_found
from tests.harness.scrape import complete_scrape
from tests.harness.stack import CORE_SECRET, OWNER_IMESSAGE, OWNER_WHATSAPP, PHOTON_SECRET, Stack, running_stack

LEFT_OUT = "positive_data_acceptance"  # a cursor is signed, and an address has rules that its schema does not express
LENIENT = f"{LEFT_OUT},negative_data_rejection"  # the edge understands a sidecar that writes 0 for false
CALLERS = {
    "core": ["--include-tag=core", f"--header=Authorization: Bearer {CORE_SECRET}", f"--exclude-checks={LEFT_OUT}"],
    "sidecar": [
        "--include-path=/webhooks/imessage",
        f"--header=Authorization: Bearer {PHOTON_SECRET}",
        f"--exclude-checks={LENIENT}",
    ],
    "stranger": ["--warnings=off"],
}


@pytest.fixture(scope="module")
async def asked_once(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Stack, CandidateBody]]:
    """Runs a gateway that has asked the owner about one candidate, and then stops its worker."""
    async with running_stack(tmp_path_factory.mktemp("hostile")) as stack:
        candidate = await asked_everywhere(stack, "whatsapp", None)
        await stack.worker.kill()
        yield stack, candidate


@pytest.fixture(scope="module", autouse=True)
async def no_long_waits(asked_once: tuple[Stack, CandidateBody]) -> None:
    """Ends the run of the candidate in the documentation's examples, so that no request waits."""
    stack = asked_once[0]
    await stack.core.accepted(id="cr_8f9a1b2c")
    await stack.run_of("cr_8f9a1b2c").terminate()


@pytest.fixture(scope="module")
def own_stack(asked_once: tuple[Stack, CandidateBody]) -> Stack:
    """Returns the gateway without a worker; what it accepts stays as it is."""
    return asked_once[0]


@pytest.fixture(scope="module")
def edited(asked_once: tuple[Stack, CandidateBody]) -> CandidateBody:
    return asked_once[1]


@pytest.fixture(scope="module")
async def http(own_stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=own_stack.gateway_url, timeout=30) as http:
        yield http


@pytest.mark.timeout(480)
@pytest.mark.parametrize("caller", CALLERS)
async def test_every_answer_is_documented_and_only_what_is_accepted_is_started(
    own_stack: Stack, tmp_path: Path, caller: str
) -> None:
    code, report = await schemathesis(own_stack, tmp_path, *CALLERS[caller])
    assert code == 0, report

    accepted = own_stack.api.output.count('"candidate_accepted"')
    await until_found(own_stack.client, f"WorkflowType = '{WorkflowType.APPROVAL}'", accepted)


async def schemathesis(stack: Stack, folder: Path, *options: str) -> tuple[int, str]:
    """Runs schemathesis by its command line, which checks more than its test decorators."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{stack.gateway_url}/openapi.json"),
        *("--phases", "examples,coverage,fuzzing", "--max-examples", "10", "--generation-deterministic"),
        *("--suppress-health-check", "all", "--request-timeout", "70"),  # some wait for a decision
        *("--continue-on-failure", "--no-shrink", "--no-color", *options),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


BOUNDED = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
_FIELDS = ("Body", "MessageSid", "From", "WaId", "ExternalUserId", "MessageType", "ButtonPayload", "NumMedia")
_VERBS = st.sampled_from(["", "approve ", "skip\n", "edit : ", "edit cr_1: ", "EDIT\0", "help", "approve edit: "])
TEXTS = st.tuples(_VERBS, HOSTILE).map("".join)
RAW = st.binary(max_size=40) | TEXTS.map(lambda text: text.encode(errors="surrogatepass"))
PAIRS = st.lists(st.tuples(st.sampled_from([name.encode() for name in _FIELDS]) | RAW, RAW), max_size=8)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | HOSTILE | st.text(st.characters(codec=None), max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(HOSTILE, inner, max_size=4),
    max_leaves=8,
)
JSON_FIELDS = (
    "from",
    "text",
    "id",
    "timestamp",
    "event",
    "message",
    "sender",
    "isGroupChat",
    "attachments",
    "reaction",
)


@BOUNDED
@given(pairs=PAIRS, rest=st.binary(max_size=20))
async def test_whatsapp_answers_any_signed_request_in_wellformed_twiml_or_refuses_it(
    own_stack: Stack, http: httpx.AsyncClient, pairs: list[tuple[bytes, bytes]], rest: bytes
) -> None:
    known = f"From={quote_from_bytes(OWNER_WHATSAPP.encode())}&MessageSid=SM{uuid4().hex}&".encode()
    fields = "&".join(f"{quote_from_bytes(name)}={quote_from_bytes(value)}" for name, value in pairs).encode()

    answer = await post_signed(own_stack, http, known + fields + rest)

    assert answer.status_code in {200, 403}
    if answer.status_code == httpx.codes.OK:
        words_in(answer)


@BOUNDED
@given(text=TEXTS)
@example("]]><!--</Message><Message>&amp;\0\x1b\ufffe")
@example('"}\n{"event": "decided"}')
@example("x" * 20_000)
async def test_edit_is_confirmed_with_any_text(
    own_stack: Stack, http: httpx.AsyncClient, edited: CandidateBody, text: str
) -> None:
    body = quote_from_bytes(f"edit {edited['id']}: We are on it! {text}".encode(errors="surrogatepass"))
    message = f"From={quote_from_bytes(OWNER_WHATSAPP.encode())}&MessageSid=SM{uuid4().hex}&Body={body}"

    first, *more = words_in(await post_signed(own_stack, http, message.encode()))

    read_back = f"Got it: post this instead of {label(edited)}"
    assert first.startswith(read_back) or "send a shorter one" in first.lower(), first
    assert all(len(words.encode("utf-16-le")) // 2 <= 1600 for words in (first, *more))


@BOUNDED
@given(content=st.dictionaries(st.sampled_from(JSON_FIELDS) | TEXTS, JSON_VALUES, max_size=6), is_event=st.booleans())
@example(content={"text": "approve \ud800"}, is_event=False)
async def test_imessage_answers_any_event_of_the_sidecar(
    http: httpx.AsyncClient, *, content: dict[str, Any], is_event: bool
) -> None:
    message: dict[str, Any] = {"from": OWNER_IMESSAGE, "sender": OWNER_IMESSAGE, **content}
    body = json.dumps({"event": "new_message", "message": message} if is_event else message)

    answer = await post_as_sidecar(http, body.encode())

    assert answer.status_code in {200, 422}
    assert answer.json()


@BOUNDED
@given(
    body=st.binary(max_size=60) | st.sampled_from([b"[" * 100_000, b'{"a":' * 20_000, b"\xef\xbb\xbf{}", b"9" * 9999])
)
async def test_imessage_refuses_what_is_not_a_message(http: httpx.AsyncClient, body: bytes) -> None:
    assert (await post_as_sidecar(http, body)).status_code == 422


TRICKS = [
    b"\\",
    *[
        b"%2e%2e",
        b"..",
        b"%2e%2e%2fmetrics",
        b"../candidate",
        b"%00",
        b"cr%00_1",
        b"",
        b"/",
        b"//",
        b"%2f%2fevil",
        b"\\",
    ],
    *[b"%0d%0aSet-Cookie:%20a=b", b"%0a", b"cr_1%0a", b"%E2%80%A8", b"%ff", b"%c3%28", b"%ED%A0%80", b"%", b"%zz"],
    *[b"cr_1%20", b"cr_1;a=b", b"cr_1%3fa", b"\xc3\xa9", b"\xff", b"%F0%9F%98%80", b"x" * 5000, b"%25%32%65"],
]
HEADERS = [
    *[b"X-A: b\r\n folded", b"X-A: \0", b"X-A: \xff", b"X-A\r\nX-B: c", b"X A: b", b"X-A: " + b"a" * 50_000],
    *[b"Content-Length: -1", b"Content-Length: 1\r\nContent-Length: 2", b"Content-Length: 9" + b"9" * 30],
    *[
        b"Transfer-Encoding: x",
        b"Transfer-Encoding: chunked\r\nContent-Length: 1",
        b"Content-Type: \xff/;=",
        b"Host: \0",
    ],
    *[b"Authorization: Bearer \xff\xfe", b"X-Forwarded-For: \xff, , ::1%eth0, [::1", b"X-Forwarded-Proto: \xff"],
]


async def test_tricks_in_paths_and_headers_are_refused(own_stack: Stack) -> None:
    async def statuses(request: bytes, parts: list[bytes]) -> set[int]:
        bearer = f"Authorization: Bearer {CORE_SECRET}".encode()
        asked = [status(own_stack, request.replace(b"{}", part), bearer) for part in parts]
        return set(await asyncio.gather(*asked))

    assert await statuses(b"GET /candidate/{} HTTP/1.1", TRICKS) <= {400, 404, 422}
    assert await statuses(b"GET /activity?brand_id={} HTTP/1.1", TRICKS) <= {200, 400, 422}
    assert await statuses(b"GET /candidate/cr_1 HTTP/1.1\r\n{}", HEADERS) <= {400, 401, 404, 408, 413}
    assert await statuses(b"POST /candidate HTTP/1.1\r\n{}", HEADERS) <= {400, 401, 408, 413, 422}


@pytest.mark.parametrize("piece", [b"x" * 1000, b"x: y\r\n" * 200], ids=["one header", "many headers"])
async def test_endless_headers_end_the_connection(own_stack: Stack, piece: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(own_stack.environment["PORT"]))
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: edge\r\nX-Long: ")

    async def go_on() -> None:
        for _ in range(1000):
            writer.write(piece)
            await writer.drain()

    sending = asyncio.create_task(go_on())
    try:
        with suppress(ConnectionError):  # if the edge closes the connection while bytes are under way
            assert (await asyncio.wait_for(reader.read(), timeout=20)).startswith(b"HTTP/1.1 400")
    finally:
        sending.cancel()
        writer.close()


@pytest.mark.timeout(480)
async def test_memory_stays_flat(own_stack: Stack, http: httpx.AsyncClient) -> None:
    """2,000 different hostile requests with 100 MiB add less than 4 MiB of memory and no metric."""
    await assail(http, 500)
    metrics = await count_of_metrics(http)  # the first scrape connects to Temporal and keeps the memory for it
    memory = resident_kib(own_stack)
    await assail(http, 2000)

    assert resident_kib(own_stack) - memory < 4 * 1024
    assert await count_of_metrics(http) == metrics


async def count_of_metrics(http: httpx.AsyncClient) -> int:
    """Counts the series of a second scrape, which include the first one's calls to Temporal."""
    await complete_scrape(str(http.base_url))
    return len((await complete_scrape(str(http.base_url))).series)


async def test_no_input_breaks_a_line_of_the_log(
    own_stack: Stack, http: httpx.AsyncClient, edited: CandidateBody
) -> None:
    forged = '"}\r\n{"event": "decided", "outcome": "forged"}\u2028\x85\x1b[2J'
    quoted = quote_from_bytes(forged.encode())
    signaled = own_stack.api.output.count('"reply_signaled"')

    for body in (f"edit {edited['id']}: {forged}", forged):
        message = f"From={quote_from_bytes(OWNER_WHATSAPP.encode())}&MessageSid=SM{uuid4().hex}&ProfileName={quoted}"
        await post_signed(own_stack, http, f"{message}&Body={quote_from_bytes(body.encode())}".encode())
    await post_as_sidecar(http, json.dumps({"from": OWNER_IMESSAGE, "id": forged, "text": forged}).encode())
    for path in (f"/{quoted}", f"/candidate/{quoted}", f"/activity?brand_id={quoted}"):
        await http.get(path, headers={"Authorization": f"Bearer {CORE_SECRET}"})

    assert own_stack.api.output.count('"reply_signaled"') == signaled + 1
    assert "forged" not in own_stack.api.output
    for line in own_stack.api.output.split("\n")[:-1]:
        event = json.loads(line)
        assert {"event", "timestamp"} <= set(event), line
        assert event["level"] in {"info", "warning"}, line


async def assail(http: httpx.AsyncClient, requests: int) -> None:
    """Sends every kind of hostile request from many clients; each request is unique."""

    async def one(number: int) -> None:
        unique = uuid4().hex
        forged = {"X-Twilio-Signature": unique, "X-Forwarded-For": f"2001:db8:{number:x}::1"}
        core, sidecar = ({"Authorization": f"Bearer {secret}"} for secret in (CORE_SECRET, PHOTON_SECRET))
        answers = [
            await http.get(f"/{unique}", headers=forged),
            await http.get(f"/candidate/{unique}/x", headers=core),
            await http.post("/candidate", content=f'{{"{unique}": "{"x" * 50_000}"}}', headers=core),
            await http.post("/candidate", content="x" * 200_000, headers=core),
            await http.post("/webhooks/imessage", content=f"[{unique!r}" + "[" * 50_000, headers=sidecar),
            await http.post("/webhooks/whatsapp", content=f"{unique}=x&" * 900, headers=forged),
            await http.request(unique[:8].upper(), "/candidate", headers=core),
        ]
        assert {answer.status_code for answer in answers} <= {400, 403, 404, 413, 422}

    for start in range(0, requests // 7, 10):
        await asyncio.gather(*(one(number) for number in range(start, start + 10)))


def resident_kib(stack: Stack) -> int:
    command = ["/bin/ps", "-o", "rss=", "-p", str(stack.api.pid)]
    return int(subprocess.check_output(command))  # noqa: S603  # the test's own


async def post_signed(stack: Stack, http: httpx.AsyncClient, body: bytes) -> httpx.Response:
    """Posts a body with the signature that Twilio would compute for it."""
    pairs = parse_qsl(body.decode(errors="replace"), keep_blank_values=True)
    signature = twilio_signature(f"{stack.gateway_url}/webhooks/whatsapp", pairs)
    return await http.post("/webhooks/whatsapp", content=body, headers={"X-Twilio-Signature": signature})


async def post_as_sidecar(http: httpx.AsyncClient, body: bytes) -> httpx.Response:
    headers = {"Authorization": f"Bearer {PHOTON_SECRET}", "Content-Type": "application/json"}
    return await http.post("/webhooks/imessage", content=body, headers=headers)


def words_in(answer: httpx.Response) -> list[str]:
    """Returns the text of each Message in a TwiML answer that contains nothing else."""
    assert answer.headers["Content-Type"].startswith("text/xml")
    response = ET.fromstring(answer.content)  # noqa: S314  # the gateway's own
    assert response.tag == "Response"
    assert [element.tag for element in response.iter()][1:] == ["Message"] * len(response)
    return [message.text or "" for message in response]


async def status(stack: Stack, *head: bytes) -> int:
    """Sends a raw request, which no client library would send, and returns the answer's status."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(stack.environment["PORT"]))
    writer.write(b"\r\n".join([*head, b"Host: edge", b"Connection: close", b"", b""]))
    try:
        answer = await asyncio.wait_for(reader.readline(), timeout=20)
        return int(answer.split()[1])
    finally:
        writer.close()
