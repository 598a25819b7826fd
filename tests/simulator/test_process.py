"""The simulator's process: its restart, its end, its page."""

import signal
import socket
import sys
from pathlib import Path

import pytest

from tests.simulator.process import OWNER, Simulator, running_simulator, until

NOWHERE = "http://127.0.0.1:1"
NO_CORE_AUTH = {"CORE_DECISION_WEBHOOK_SIGNING_SECRET": "", "CORE_DECISION_WEBHOOK_SIGNING_KEY": ""}


def test_restarted_simulator_shows_the_same_phone(tmp_path: Path) -> None:
    options = ("--data", str(tmp_path / "data"))
    decision = {"id": "cr_1", "decision": "expired", "final_text": None, "decider": "system:timeout", "latency_ms": 1}
    with running_simulator(NOWHERE, *options, **NO_CORE_AUTH) as simulator:
        sid = simulator.send_whatsapp(Body="line one\u2028line\ntwo").json()["sid"]
        simulator.reply(channel="whatsapp", sender=OWNER, text="approve", quoted=sid)
        simulator.http.post("/core/decisions", json=decision)
        until(lambda: simulator.shown("messages")[0]["status"] == "delivered")
        before = [simulator.shown(what) for what in ("messages", "decisions")]

    with running_simulator(NOWHERE, *options, **NO_CORE_AUTH) as simulator:
        assert [simulator.shown(what) for what in ("messages", "decisions")] == before
        simulator.http.post("/control/reset")

    with running_simulator(NOWHERE, *options, **NO_CORE_AUTH) as simulator:
        assert simulator.shown("messages") == simulator.shown("decisions") == []


def test_killed_simulator_keeps_its_record_even_if_it_was_cut_while_it_wrote(tmp_path: Path) -> None:
    options = ("--data", str(tmp_path))
    with running_simulator(NOWHERE, *options, **NO_CORE_AUTH) as simulator:
        simulator.send_whatsapp(Body="first")
        until(lambda: simulator.shown("messages")[0]["status"] == "delivered")
        before = simulator.shown("messages")
        requested_at = [attempt["at"] for attempt in simulator.shown("attempts")]
        simulator.process.end(signal.SIGKILL)
    with (tmp_path / "simulator.jsonl").open("a") as journal:
        journal.write('message {"id": "SM')

    for messages in (1, 2):
        with running_simulator(NOWHERE, *options, **NO_CORE_AUTH) as simulator:
            assert len(simulator.shown("messages")) == messages
            assert simulator.shown("messages")[:1] == before
            assert simulator.shown("attempts")[0]["at"] == requested_at[0]
            simulator.send_whatsapp(Body="next")


def test_simulator_stops_while_a_request_hangs() -> None:
    with running_simulator(NOWHERE) as simulator:
        simulator.add_fault("photon.send", hang=True)
        port = simulator.http.base_url.port
        with socket.create_connection(("127.0.0.1", port)) as caller:
            caller.sendall(b"POST /photon/send HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}")
            until(lambda: len(simulator.shown("attempts")) == 1)
            simulator.process.end(signal.SIGTERM)
        assert simulator.output.read_bytes() == b""


def test_unreachable_gateway_is_reported_with_the_reply() -> None:
    with running_simulator(NOWHERE) as simulator:
        [response] = simulator.reply(channel="whatsapp", sender=OWNER, text="approve").responses
        assert response["status"] is None
        assert "ConnectError" in str(response["error"])
        assert simulator.texts() == ["approve"]


def test_phone_is_one_page_that_needs_nothing_from_elsewhere(simulator: Simulator) -> None:
    page = simulator.http.get("/")

    assert page.headers["content-type"].startswith("text/html")
    for name in ("text", "send", "messages"):
        assert f'id="whatsapp-{name}"' in page.text
        assert f'id="imessage-{name}"' in page.text
    assert 'id="decisions"' in page.text
    assert "://" not in page.text
    assert "innerHTML" not in page.text
    assert simulator.http.get("/control/owner").json() == {"whatsapp": OWNER, "imessage": "owner@example.com"}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8")
def test_simulator_listens_only_on_this_machine_by_default() -> None:
    for options, others_reach_it in (((), False), (("--host", "0.0.0.0"), True)):  # noqa: S104  # as in a container
        with running_simulator(NOWHERE, *options) as simulator, socket.socket() as other:
            outcome = other.connect_ex(("127.0.0.2", simulator.http.base_url.port or 0))

            assert (outcome == 0) is others_reach_it
