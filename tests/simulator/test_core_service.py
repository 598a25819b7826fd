"""The simulated core accepts what the contract allows and nothing else."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from standardwebhooks import Webhook

from tests.simulator.process import CORE_KEYS, CORE_SECRET, Simulator, running_simulator

APPROVED = {
    "id": "cr_1",
    "decision": "approved",
    "final_text": "Thanks!",
    "decider": "whatsapp:+15551234567",
    "latency_ms": 45230,
}
MORE = {"brand_id": "b_acme", "source_ref": "post_1", "via": "whatsapp", "note": None, "reason": None}


def deliver(
    simulator: Simulator,
    decision: dict[str, object],
    *,
    key: str = CORE_KEYS[0],
    secret: str = CORE_SECRET,
    age: timedelta = timedelta(),
    tampered: bytes = b"",
) -> httpx.Response:
    body = json.dumps(decision)
    moment = datetime.now(UTC) - age
    headers = {
        "Authorization": f"Bearer {secret}",
        "webhook-id": f"decision_{decision.get('id')}",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(key).sign(f"decision_{decision.get('id')}", moment, body),
    }
    return simulator.http.post("/core/decisions", content=body.encode() + tampered, headers=headers)


@pytest.mark.parametrize("key", CORE_KEYS)
def test_signed_decision_is_recorded(simulator: Simulator, key: str) -> None:
    response = deliver(simulator, APPROVED, key=key)

    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    [decision] = simulator.shown("decisions", id="cr_1")
    assert {name: decision[name] for name in APPROVED} == APPROVED
    assert (decision["webhook_id"], decision["attempt"]) == ("decision_cr_1", 1)


def test_decision_with_every_field_is_recorded(simulator: Simulator) -> None:
    rejected = {**APPROVED, **MORE, "decision": "rejected", "final_text": None, "note": "shorter"}

    assert deliver(simulator, rejected).status_code == 200
    [decision] = simulator.shown("decisions", id="cr_1")
    assert {name: decision[name] for name in rejected} == rejected


@pytest.mark.parametrize("wrong", [{"via": "telephone"}, {"note": "x" * 501}, {"persona": "smart"}])
def test_extended_decision_that_breaks_the_contract_is_refused(simulator: Simulator, wrong: dict[str, object]) -> None:
    assert deliver(simulator, {**APPROVED, **MORE, **wrong}).status_code == 422


def test_each_delivery_is_counted_and_shown_with_its_headers(simulator: Simulator) -> None:
    deliver(simulator, APPROVED)
    deliver(simulator, APPROVED)

    assert [decision["attempt"] for decision in simulator.shown("decisions")] == [1, 2]
    [attempt, _] = simulator.shown("attempts", target="core.decisions", contains="Thanks!")
    assert (attempt["outcome"], attempt["status"], attempt["body"]) == ("accepted", 200, json.dumps(APPROVED))
    headers = attempt["headers"]
    assert isinstance(headers, dict)
    assert headers["webhook-id"] == "decision_cr_1"


def test_forged_stale_and_unsigned_decisions_are_refused(simulator: Simulator) -> None:
    assert deliver(simulator, APPROVED, secret="wrong").status_code == 401
    assert deliver(simulator, APPROVED, key="whsec_" + "C" * 32).status_code == 401
    assert deliver(simulator, APPROVED, age=timedelta(minutes=6)).status_code == 401
    assert deliver(simulator, APPROVED, tampered=b" ").status_code == 401
    bearer = {"Authorization": f"Bearer {CORE_SECRET}"}
    assert simulator.http.post("/core/decisions", json=APPROVED, headers=bearer).status_code == 401
    garbled = {**bearer, "webhook-id": "1", "webhook-timestamp": str(int(datetime.now(UTC).timestamp()))}
    garbled["webhook-signature"] = "garbled"
    assert simulator.http.post("/core/decisions", json=APPROVED, headers=garbled).status_code == 401
    assert simulator.shown("decisions") == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"decision": "skipped"},
        {"decision": "expired"},
        {"decision": "edited", "final_text": None},
        {"final_text": ""},
        {"final_text": "x" * 3001},
        {"latency_ms": -1},
        {"latency_ms": "45230"},
        {"decider": "timeout"},
        {"decider": "system:other"},
        {"id": ".."},
        {"brand_id": "b_acme"},
    ],
)
def test_decision_that_breaks_the_contract_is_refused(simulator: Simulator, wrong: dict[str, object]) -> None:
    assert deliver(simulator, {**APPROVED, **wrong}).status_code == 422
    assert simulator.shown("decisions") == []


@pytest.mark.parametrize("missing", APPROVED)
def test_decision_without_one_of_its_fields_is_refused(simulator: Simulator, missing: str) -> None:
    decision = {name: value for name, value in APPROVED.items() if name != missing}

    assert deliver(simulator, decision).status_code == 422


@pytest.mark.parametrize(
    "decider",
    [
        "system:timeout",
        "system:undeliverable",
        "system:overtaken",
        "core:withdrawn",
        "core:replaced",
        "operator:jane",
        "imessage:a@b.example",
    ],
)
def test_nothing_is_posted_without_a_text(simulator: Simulator, decider: str) -> None:
    for decision in ("rejected", "expired"):
        empty = {**APPROVED, "decision": decision, "final_text": None, "decider": decider}
        assert deliver(simulator, empty).status_code == 200


def test_without_a_secret_or_key_core_takes_any_valid_decision() -> None:
    unset = {"CORE_DECISION_WEBHOOK_SIGNING_SECRET": "", "CORE_DECISION_WEBHOOK_SIGNING_KEY": ""}
    with running_simulator("http://localhost:1", **unset) as simulator:
        assert simulator.http.post("/core/decisions", json=APPROVED).status_code == 200
        assert simulator.http.post("/core/decisions", json={**APPROVED, "decision": "maybe"}).status_code == 422
