"""The simulated owner answers as drafts and the control API instruct."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from domain.candidate import CURRENT_RULES, Candidate
from domain.channels import Channel
from domain.conversation.numbers import number_of
from domain.decision import Decision, Outcome
from domain.sending.content_kinds import Content, ContentKind
from domain.writing import lists, outcomes, prompt_contents, refusals
from domain.writing.prompt_parts import prompt_parts
from tests.domain.examples import ACCEPTED_AT, IMESSAGE, candidate
from tests.simulator.process import OWNER, Simulator, StubGateway, running_simulator, until
from tools.dev import CONTENT_OPTIONS, CONTENT_SIDS

SIDS = {
    ContentKind.SESSION: CONTENT_SIDS["TWILIO_SESSION_CONTENT_SID"],
    ContentKind.WHOLE: CONTENT_SIDS["TWILIO_CONTENT_SID"],
    ContentKind.CUT: CONTENT_SIDS["TWILIO_CUT_CONTENT_SID"],
    ContentKind.BUTTONS: CONTENT_SIDS["TWILIO_BUTTONS_CONTENT_SID"],
}
LATER = "after 6 min"


@pytest.fixture(scope="module")
def one_simulator(shared_gateway: StubGateway) -> Iterator[Simulator]:
    with running_simulator(shared_gateway.url, *CONTENT_OPTIONS) as simulator:
        yield simulator


@pytest.fixture
def simulator(one_simulator: Simulator, gateway: StubGateway) -> Simulator:
    one_simulator.http.post("/control/reset")
    one_simulator.subscribe(f"{gateway.url}/webhooks/imessage")
    return one_simulator


def told(draft: str, number: int = 1, **changes: Any) -> Candidate:
    return candidate(**{"id": f"cr_{number}", "proposed_text": draft, "rules": CURRENT_RULES, **changes})


def asks_on_imessage(simulator: Simulator, asked: Candidate, *, repeated: bool = False) -> list[httpx.Response]:
    parts = prompt_parts(asked, Channel.IMESSAGE, repeated=repeated)
    return [simulator.send_imessage(part) for part in parts]


def asks_on_whatsapp(simulator: Simulator, asked: Candidate) -> list[httpx.Response]:
    return [simulator.send_whatsapp(Body=part) for part in prompt_parts(asked, Channel.WHATSAPP)]


def sends(simulator: Simulator, content: Content | None) -> httpx.Response:
    assert content
    variables = {str(place): value for place, value in enumerate(content.variables, start=1)}
    return simulator.send_content(SIDS[content.kind], variables)


def decided(outcome: Outcome, decider: str, text: str | None = None) -> Decision:
    return Decision(outcome, text, decider, ACCEPTED_AT, timedelta(minutes=1))


def orders(simulator: Simulator, instruction: str | None, address: str | None = None) -> None:
    order = {"instruction": instruction, "address": address}
    simulator.http.put("/control/answering", json=order).raise_for_status()


def notices(simulator: Simulator) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = simulator.http.get("/control/answering").json()["notices"]
    return listed


def states(simulator: Simulator) -> list[object]:
    return [notice["state"] for notice in notices(simulator)]


def written(gateway: StubGateway) -> str:
    """Returns the owner's next message, as the gateway received it."""
    received = gateway.next()
    if received.path.startswith("/webhooks/whatsapp"):
        return received.form["Body"]
    return str(json.loads(received.body)["message"]["text"])


def replies(simulator: Simulator) -> list[object]:
    return [message["text"] for message in simulator.shown("messages") if message["direction"] == "out"]


@pytest.mark.parametrize(
    ("instruction", "words"),
    [
        ("approve", "yes {number}"),
        ("Approve after 0.5 seconds", "yes {number}"),
        ("skip", "skip {number}"),
        ("reject after 0s: too salesy", "reject {number}: too salesy"),
        ("redo: shorter, no emoji", "redo {number}: shorter, no emoji"),
        ("edit: A *better* [short] text_", "edit {number}: A *better* [short] text_"),
        ("edit after 0 min: 7: it is", "edit {number}: 7: it is"),
    ],
)
@pytest.mark.parametrize("asks", [asks_on_whatsapp, asks_on_imessage])
def test_owner_follows_the_drafts_instruction_in_a_reply_with_its_number(
    simulator: Simulator, gateway: StubGateway, instruction: str, words: str, asks: Any
) -> None:
    asks(simulator, told(f"*Hello* _you_, [simulate: {instruction}] and `more` *of* it"))

    assert written(gateway) == words.format(number=number_of("cr_1"))
    until(lambda: states(simulator) == ["answered"])


@pytest.mark.parametrize(
    ("instruction", "payload"), [("approve", "approve cr_1"), ("skip", "skip cr_1"), ("reject", "skip cr_1")]
)
@pytest.mark.parametrize("content_of", [prompt_contents.session_content, prompt_contents.template])
def test_owner_taps_a_button_if_there_is_one(
    simulator: Simulator, gateway: StubGateway, instruction: str, payload: str, content_of: Any
) -> None:
    sends(simulator, content_of(told(f"Hello *you* *there* [simulate: {instruction}]")))

    tap = gateway.next().form
    assert (tap["ButtonPayload"], tap["From"]) == (payload, OWNER)
    assert tap["OriginalRepliedMessageSid"] == simulator.shown("messages")[0]["id"]


def test_owner_taps_the_button_that_follows_a_prompt_of_text(simulator: Simulator, gateway: StubGateway) -> None:
    asked = told("Hello\nyou [simulate: approve after 1s]")
    asks_on_whatsapp(simulator, asked)
    sends(simulator, prompt_contents.buttons(asked))

    assert gateway.next().form["ButtonPayload"] == "approve cr_1"


def test_instruction_in_several_lines_of_a_template_is_found(simulator: Simulator, gateway: StubGateway) -> None:
    sends(simulator, prompt_contents.template(told("Hello\n[simulate:\nedit: One\nTwo]")))

    assert written(gateway) == f"edit {number_of('cr_1')}: One\nTwo"


@pytest.mark.parametrize("place", ["start", "end", "between"])
def test_prompt_in_several_parts_is_answered_once_all_have_arrived(
    simulator: Simulator, gateway: StubGateway, place: str
) -> None:
    instruction, filler = "[simulate: skip: too long]", "word " * 590
    draft = {
        "start": instruction + filler,
        "end": filler + instruction,
        "between": filler[:1430] + instruction + filler,
    }
    first, *rest = prompt_parts(told(draft[place][:2990]), Channel.WHATSAPP)
    assert rest

    simulator.send_whatsapp(Body=first)
    assert states(simulator) == []
    for part in rest:
        simulator.send_whatsapp(Body=part)

    assert written(gateway) == f"skip {number_of('cr_1')}: too long"


def test_cut_prompt_is_requested_in_full_before_it_is_answered(simulator: Simulator, gateway: StubGateway) -> None:
    asked = told("[simulate: approve after 0s] " + "word " * 300)
    sends(simulator, prompt_contents.template(asked))

    assert gateway.next().form["ButtonPayload"] == "show cr_1"
    asks_on_whatsapp(simulator, asked)
    assert written(gateway) == f"yes {number_of('cr_1')}"


def test_cut_instruction_is_requested_in_full(simulator: Simulator, gateway: StubGateway) -> None:
    asked = told("[simulate: edit after 0s: " + "word " * 300 + "]")
    sends(simulator, prompt_contents.template(asked))

    assert gateway.next().form["ButtonPayload"] == "show cr_1"
    assert states(simulator) == []


def test_candidate_is_answered_once_in_the_chat_that_was_asked_first(
    simulator: Simulator, gateway: StubGateway
) -> None:
    asked = told("Hello [simulate: approve after 0s]")
    asks_on_imessage(simulator, asked)
    assert written(gateway).startswith("yes")
    asks_on_whatsapp(simulator, asked)
    asks_on_imessage(simulator, asked, repeated=True)
    asks_on_whatsapp(simulator, told("The next [simulate: skip after 0s]", 2))

    assert written(gateway) == f"skip {number_of('cr_2')}"
    assert len(replies(simulator)) == 2


def test_number_that_two_drafts_share_is_not_enough(simulator: Simulator, gateway: StubGateway) -> None:
    number = number_of("cr_1")
    other = next(f"cr_{at}" for at in range(2, 200_000) if number_of(f"cr_{at}") == number)
    asks_on_imessage(simulator, told("The other"))
    asks_on_imessage(simulator, told("Hello [simulate: edit after 0s: Better]", id=other))

    assert written(gateway) == f"edit {other}: Better"


def test_message_that_only_repeats_a_draft_is_not_a_prompt(simulator: Simulator) -> None:
    asked, now = told("[simulate: approve after 0s]"), ACCEPTED_AT
    edited = decided(Outcome.EDITED, "imessage:owner@example.com", "[simulate: skip after 0s]")
    simulator.send_imessage(outcomes.receipt(asked, edited, IMESSAGE, now, to_decider=True))
    simulator.send_imessage(lists.help_text([asked], now))
    simulator.send_imessage("[simulate: approve after 0s]")
    asks_on_imessage(simulator, told("Hello [simulate: ignore]", 9))

    assert states(simulator) == ["ignored"]
    assert replies(simulator) == []


def test_late_owner_answers_after_the_receipt(simulator: Simulator, gateway: StubGateway) -> None:
    asked = told("Hello [simulate: late after 0s]")
    asks_on_imessage(simulator, asked)
    expired = decided(Outcome.EXPIRED, "system:timeout")
    simulator.send_imessage(outcomes.receipt(told("Hello", 2), expired, IMESSAGE, ACCEPTED_AT, to_decider=False))
    assert states(simulator) == ["waiting"]

    line = outcomes.receipt_line(asked, expired, IMESSAGE, ACCEPTED_AT, to_decider=False)
    simulator.send_imessage(f"{outcomes.receipts_headline(2)}\n{line}")

    assert written(gateway) == f"yes {number_of('cr_1')}"


def test_answer_that_was_too_early_is_repeated(simulator: Simulator, gateway: StubGateway) -> None:
    asked = told("Hello [simulate: skip after 0s: no]")
    asks_on_imessage(simulator, asked)
    first = written(gateway)
    simulator.send_imessage(refusals.not_whole(told("Another", 2)))
    simulator.send_imessage(refusals.not_whole(asked))

    assert written(gateway) == first
    assert len(replies(simulator)) == 2


def test_undeliverable_prompt_is_refused_like_a_missing_recipient(simulator: Simulator) -> None:
    asked = told("*Hello* *you* [simulate: undeliverable]")
    refused = [*asks_on_whatsapp(simulator, asked), sends(simulator, prompt_contents.template(asked))]

    assert [(response.status_code, response.json()["code"]) for response in refused] == [(400, 21211)] * 2
    assert [response.status_code for response in asks_on_imessage(simulator, asked)] == [400]
    assert simulator.texts() == []
    assert states(simulator) == ["refused"] * 3
    assert [attempt["outcome"] for attempt in simulator.shown("attempts", contains="Hello")] == ["refused"] * 3
    assert simulator.send_imessage(outcomes.closed(asked)).status_code == 200


def test_undeliverable_draft_is_refused_in_the_part_with_the_instruction(simulator: Simulator) -> None:
    asked = told("word " * 500 + "[simulate: undeliverable]")

    assert [response.status_code for response in asks_on_whatsapp(simulator, asked)] == [201, 400]


@pytest.mark.parametrize(
    "instruction",
    [
        *("[simulate: aprove]", "[simulate: edit]", "[simulate: redo:]", "[simulate: approve: now]", "[simulate:]"),
        *("[simulate: ignore after 2s]", "[simulate: approve after 2 hours]", "[simulate: approve after 900000s]"),
        *("[simulate approve]", "[simulated: approve]", "[simulate: approve", "[simulate: skip][simulate: approve]"),
    ],
)
def test_unknown_instruction_is_shown_with_the_possible_ones_and_does_nothing(
    simulator: Simulator, instruction: str
) -> None:
    orders(simulator, "approve after 0s")
    asks_on_imessage(simulator, told(f"Hello {instruction}"))
    asks_on_imessage(simulator, told("Hello [simulate: ignore]", 9))

    notice = notices(simulator)[0]
    assert (notice["state"], notice["candidate_id"]) == ("not understood", "cr_1")
    assert notice["instruction"].startswith("[simulate")
    assert "approve; skip or reject" in notice["detail"]
    assert states(simulator)[1:] == ["ignored"]
    assert replies(simulator) == []


def test_control_api_instructs_all_owners_or_one(simulator: Simulator, gateway: StubGateway) -> None:
    orders(simulator, "skip after 0s")
    asks_on_imessage(simulator, told("Hello"))
    assert written(gateway).startswith("skip")

    orders(simulator, "redo after 0s: shorter", "Owner@example.com")
    asks_on_imessage(simulator, told("Hello", 2))
    assert written(gateway).startswith("redo")
    asks_on_imessage(simulator, told("Hello [simulate: approve after 0s]", 3))
    assert written(gateway).startswith("yes")
    asks_on_whatsapp(simulator, told("Hello", 4))
    assert written(gateway).startswith("skip")
    until(lambda: states(simulator) == ["answered"] * 4)
    assert [notice["told_by"] for notice in notices(simulator)] == ["control", "control", "draft", "control"]

    orders(simulator, None, "owner@example.com")
    asks_on_imessage(simulator, told("Hello", 5))
    asks_on_whatsapp(simulator, told("Hello", 6))
    assert written(gateway) == f"skip {number_of('cr_6')}"
    assert len(replies(simulator)) == 5


def test_control_api_refuses_what_it_does_not_understand(simulator: Simulator) -> None:
    response = simulator.http.put("/control/answering", json={"instruction": "aprove"})

    assert response.status_code == 422
    assert "approve; skip or reject" in response.text


def test_healing_ends_orders_and_a_reset_the_answers_that_wait(simulator: Simulator) -> None:
    orders(simulator, f"approve {LATER}")
    asks_on_imessage(simulator, told("Hello"))
    asks_on_imessage(simulator, told("Hello [simulate: late]", 2))
    simulator.http.delete("/control/faults")
    asks_on_imessage(simulator, told("Hello", 3))
    assert states(simulator) == ["waiting", "waiting"]
    due_in = timedelta(seconds=notices(simulator)[0]["due_at"] - notices(simulator)[0]["at"])
    assert timedelta(minutes=5) < due_in < timedelta(minutes=7)

    simulator.http.post("/control/reset")
    assert simulator.http.get("/control/answering").json() == {"orders": [], "notices": []}


def test_answer_that_the_gateway_refuses_is_shown_as_failed(simulator: Simulator, gateway: StubGateway) -> None:
    gateway.refusals = [503]
    asks_on_imessage(simulator, told("Hello [simulate: approve after 0s]"))

    until(lambda: states(simulator) == ["failed"])
    assert notices(simulator)[0]["detail"] == "the gateway answered 503"
