"""Providers and core fail on request."""

import time

import httpx
import pytest

from tests.simulator.process import Simulator

SHORT_SEC = 0.3


def outcomes(simulator: Simulator) -> list[tuple[object, object]]:
    return [(attempt["outcome"], attempt["status"]) for attempt in simulator.shown("attempts")]


def test_slow_provider_answers_late(simulator: Simulator) -> None:
    simulator.add_fault("twilio.messages", delay_sec=SHORT_SEC)
    start = time.monotonic()

    assert simulator.send_whatsapp().status_code == 201
    assert time.monotonic() - start >= SHORT_SEC
    assert outcomes(simulator) == [("accepted", 201)]


def test_twilio_refuses_on_request_in_its_own_format(simulator: Simulator) -> None:
    simulator.add_fault("twilio.messages", status=429, headers={"Retry-After": "7"})
    simulator.add_fault("twilio.messages", status=400, code=63015)

    response = simulator.send_whatsapp()
    assert (response.status_code, response.json()["code"], response.headers["retry-after"]) == (429, 20429, "7")
    simulator.http.delete("/control/faults")
    assert simulator.send_whatsapp().status_code == 201
    simulator.add_fault("twilio.messages", status=400, code=63015)
    assert simulator.send_whatsapp().json()["code"] == 63015
    assert outcomes(simulator) == [("refused", 429), ("accepted", 201), ("refused", 400)]
    assert len(simulator.texts()) == 1


def test_fault_counts_down_and_ends(simulator: Simulator) -> None:
    simulator.add_fault("photon.send", status=500, times=2)

    assert [simulator.send_imessage().status_code for _ in range(3)] == [500, 500, 200]
    assert simulator.http.get("/control/faults").json() == []


def test_fault_applies_to_its_target_and_match_only(simulator: Simulator) -> None:
    simulator.add_fault("photon.send", status=500, match="naïve\ncr_2")

    assert simulator.send_imessage("cr_1").status_code == 200
    assert simulator.send_imessage("a naïve\ncr_2").status_code == 500
    assert simulator.send_whatsapp(Body="a naïve\ncr_2").status_code == 201


def test_provider_can_fail_although_it_accepted(simulator: Simulator) -> None:
    simulator.add_fault("twilio.messages", status=500, accept=True)

    assert simulator.send_whatsapp().status_code == 500
    assert outcomes(simulator) == [("accepted", 500)]
    assert len(simulator.texts()) == 1


@pytest.mark.parametrize(("accept", "shown", "outcome"), [(True, 1, "accepted"), (False, 0, "unanswered")])
def test_provider_can_stay_silent(simulator: Simulator, accept: bool, shown: int, outcome: str) -> None:  # noqa: FBT001  a parameter of the test
    simulator.add_fault("photon.send", hang=True, accept=accept)

    with pytest.raises(httpx.ReadTimeout):
        simulator.http.post("/photon/send", json={"recipient": "a", "text": "b"}, timeout=SHORT_SEC)
    assert len(simulator.texts()) == shown
    assert outcomes(simulator) == [(outcome, None)]


@pytest.mark.parametrize(("accept", "shown", "outcome"), [(True, 1, "accepted"), (False, 0, "unanswered")])
def test_provider_can_drop_the_connection(simulator: Simulator, accept: bool, shown: int, outcome: str) -> None:  # noqa: FBT001  a parameter of the test
    simulator.add_fault("twilio.messages", drop=True, accept=accept)

    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        simulator.send_whatsapp()
    assert len(simulator.texts()) == shown
    assert outcomes(simulator) == [(outcome, None)]


def test_core_and_the_subscription_fail_on_request(simulator: Simulator) -> None:
    simulator.add_fault("core.decisions", status=302, headers={"Location": "/elsewhere"})
    simulator.add_fault("photon.watch", status=503, body="not now")

    assert simulator.http.post("/core/decisions", json={"id": "cr_1"}).headers["location"] == "/elsewhere"
    assert simulator.subscribe("http://gateway.example").text == "not now"
    assert simulator.http.get("/control/photon/subscription").json() is None


def test_misspelt_fault_is_refused(simulator: Simulator) -> None:
    assert simulator.http.post("/control/faults", json={"target": "twilio.messages", "hangs": True}).status_code == 422
    assert simulator.http.post("/control/faults", json={"target": "twilio"}).status_code == 422


def test_reset_forgets_everything_but_the_subscription(simulator: Simulator) -> None:
    simulator.subscribe("http://gateway.example")
    simulator.send_imessage()
    simulator.add_fault("photon.send", status=500)
    simulator.http.post("/control/reset")

    assert simulator.shown("messages") == simulator.shown("attempts") == simulator.shown("faults") == []
    assert simulator.http.get("/control/photon/subscription").json()
