"""Connection overrides decide how often Twilio delivers a webhook."""

from collections.abc import Iterator
from threading import Barrier

import pytest

from tests.simulator.process import OWNER, PUBLIC_URL, Simulator, StubGateway, running_simulator
from tests.simulator.test_twilio_webhooks import INBOUND, valid

STATUS_URL = f"{PUBLIC_URL}/webhooks/whatsapp/status/1"


@pytest.fixture(scope="module")
def retrying(shared_gateway: StubGateway) -> Iterator[Simulator]:
    with running_simulator(f"{shared_gateway.url}#rc=2&rp=5xx,ct,rt&rt=1500") as simulator:
        yield simulator


def test_status_callback_is_retried_as_its_fragment_says(simulator: Simulator, gateway: StubGateway) -> None:
    gateway.refusals = [500, 503]
    simulator.send_whatsapp(StatusCallback=f"{STATUS_URL}#rc=2&rp=5xx,ct,rt")

    received = [gateway.next() for _ in range(4)]
    assert [r.form["MessageStatus"] for r in received] == ["sent", "sent", "sent", "delivered"]
    assert all(r.path == "/webhooks/whatsapp/status/1" and valid(r, STATUS_URL) for r in received)


def test_status_callback_without_a_fragment_is_not_repeated_after_a_refusal(
    simulator: Simulator, gateway: StubGateway
) -> None:
    gateway.refusals = [503]
    simulator.send_whatsapp(StatusCallback=STATUS_URL)

    assert [gateway.next().form["MessageStatus"] for _ in range(2)] == ["sent", "delivered"]


def test_reply_is_the_same_request_until_the_gateway_takes_it(retrying: Simulator, gateway: StubGateway) -> None:
    gateway.refusals = [503, 503]
    said = retrying.reply(channel="whatsapp", sender=OWNER, text="approve")

    first, *more = [gateway.next() for _ in range(3)]
    assert more == [first, first]
    assert valid(first, INBOUND)
    assert [(r["status"], r["tries"]) for r in said.responses] == [(200, 3)]


def test_reply_with_a_slow_answer_is_delivered_again(retrying: Simulator, gateway: StubGateway) -> None:
    slow = Barrier(2)
    gateway.before = lambda: slow.wait(timeout=5) if gateway.received.qsize() == 1 else None
    said = retrying.reply(channel="whatsapp", sender=OWNER, text="approve")
    slow.wait(timeout=5)

    assert gateway.next() == gateway.next()
    assert [(r["status"], r["tries"]) for r in said.responses] == [(200, 2)]


def test_reply_is_given_up_after_the_last_retry(retrying: Simulator, gateway: StubGateway) -> None:
    gateway.refusals = [503] * 3
    said = retrying.reply(channel="whatsapp", sender=OWNER, text="approve")

    assert [(r["status"], r["tries"]) for r in said.responses] == [(503, 3)]


def test_reply_refused_for_good_is_not_repeated(retrying: Simulator, gateway: StubGateway) -> None:
    gateway.refusals = [403]
    said = retrying.reply(channel="whatsapp", sender=OWNER, text="approve")

    assert [(r["status"], r["tries"]) for r in said.responses] == [(403, 1)]
