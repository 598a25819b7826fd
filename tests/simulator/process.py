"""The simulator as a process, and in the gateway's place a server that records its requests."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from urllib.parse import parse_qsl

import httpx

from tests.harness import forks
from tests.harness.forks import Fork
from tests.harness.processes import REPOSITORY, free_port, output_file

ACCOUNT = "AC" + "0" * 31 + "1"
TOKEN = "twilio-token"
SENDER = "whatsapp:+14155238886"
OWNER = "whatsapp:+15551234567"
PUBLIC_URL = "https://gateway.example"
CORE_SECRET = "core-secret"
CORE_KEYS = ("whsec_" + "A" * 32, "whsec_" + "B" * 32)
WAIT_SEC = 30
TEMPLATE = Path(__file__).with_name("template.json")
TEMPLATE_SID = "HX7faf12621e87c220aac2b728f2784606"
SESSION_CONTENT = Path(__file__).with_name("session_content.json")
SESSION_SID = "HXcbec6eeddcd4ad3f47a69d26c0b71a3f"

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "TWILIO_ACCOUNT_SID": ACCOUNT,
    "TWILIO_AUTH_TOKEN": TOKEN,
    "TWILIO_WA_NUMBER": SENDER,
    "OWNER_WA_NUMBER": OWNER,
    "PHOTON_TO": "Owner@Example.com",
    "PUBLIC_BASE_URL": PUBLIC_URL,
    "CORE_DECISION_WEBHOOK_SIGNING_SECRET": CORE_SECRET,
    "CORE_DECISION_WEBHOOK_SIGNING_KEY": ",".join(CORE_KEYS),
}


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


def _nothing() -> None:
    pass


@dataclass
class StubGateway:
    """Answers every webhook with `answer` once `before` returns; the first ones get `refusals`."""

    url: str
    received: Queue[Received] = field(default_factory=Queue)
    answer: str = "<Response/>"
    content_type: str = "text/xml"
    before: Callable[[], object] = _nothing
    refusals: list[int] = field(default_factory=list)

    def next(self) -> Received:
        return self.received.get(timeout=WAIT_SEC)


@contextmanager
def running_gateway() -> Iterator[StubGateway]:
    class StubHandler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            gateway.received.put(Received(self.path, dict(self.headers), body))
            status = gateway.refusals.pop(0) if gateway.refusals else 200
            gateway.before()
            with suppress(ConnectionError):  # the caller might have given up
                self._answer(status)

        def _answer(self, status: int) -> None:
            answer = gateway.answer.encode()
            self.send_response(status)
            self.send_header("Content-Type", gateway.content_type)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), StubHandler) as server:
        gateway = StubGateway(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield gateway
        server.shutdown()
        thread.join()


@dataclass(frozen=True)
class SimulatedReply:
    message_id: str
    responses: list[dict[str, object]]


@dataclass(frozen=True)
class Simulator:
    process: Fork
    output: Path
    http: httpx.Client

    def add_fault(self, target: str, **fault: object) -> None:
        self.http.post("/control/faults", json={"target": target, **fault}).raise_for_status()

    def send_whatsapp(self, **fields: str) -> httpx.Response:
        form = {"To": OWNER, "From": SENDER, "Body": "Please decide", **fields}
        return self.http.post(f"/twilio/2010-04-01/Accounts/{ACCOUNT}/Messages.json", data=form, auth=(ACCOUNT, TOKEN))

    def send_template(self, *, variables: object, **fields: str) -> httpx.Response:
        return self.send_content(TEMPLATE_SID, variables, **fields)

    def send_content(self, sid: str, variables: object, **fields: str) -> httpx.Response:
        return self.send_whatsapp(Body="", ContentSid=sid, ContentVariables=json.dumps(variables), **fields)

    def fetch(self, sid: str) -> dict[str, object]:
        path = f"/twilio/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}.json"
        resource: dict[str, object] = self.http.get(path, auth=(ACCOUNT, TOKEN)).json()
        return resource

    def send_imessage(self, text: str = "Please decide", recipient: str = "owner@example.com") -> httpx.Response:
        return self.http.post("/photon/send", json={"recipient": recipient, "text": text})

    def subscribe(self, url: str, authorization: str = "Bearer photon-secret") -> httpx.Response:
        headers = {"Authorization": authorization}
        return self.http.post("/photon/watch/start", json={"webhookUrl": url, "webhookHeaders": headers})

    def reply(self, **reply: object) -> SimulatedReply:
        response = self.http.post("/control/replies", json=reply).raise_for_status()
        return SimulatedReply(**response.json())

    def shown(self, what: str, **query: str) -> list[dict[str, object]]:
        """Returns what the control API lists as messages, attempts or decisions."""
        listed: list[dict[str, object]] = self.http.get(f"/control/{what}", params=query).json()
        return listed

    def texts(self, **query: str) -> list[object]:
        return [message["text"] for message in self.shown("messages", **query)]


@contextmanager
def running_simulator(gateway: str, *options: str, **environment: str) -> Iterator[Simulator]:
    port, output = free_port(), output_file()
    arguments = ("-m", "simulator", "--port", str(port), "--gateway", gateway, *options)
    process = forks.run(arguments, {**ENVIRONMENT, **environment}, REPOSITORY, output)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=WAIT_SEC, trust_env=False) as http:
        try:
            until(lambda: _healthy(http))
            yield Simulator(process, output, http)
        finally:
            process.end(signal.SIGTERM)


def _healthy(http: httpx.Client) -> bool:
    try:
        return http.get("/control/health").is_success
    except httpx.ConnectError:
        return False


def until(condition: Callable[[], bool]) -> None:
    """Returns as soon as the condition is true; fails if it never is."""
    end = time.monotonic() + 2 * WAIT_SEC
    while not condition():
        assert time.monotonic() < end, "the condition never became true"
        time.sleep(0.01)
