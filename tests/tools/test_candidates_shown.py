"""What operators see of candidates: the list, one in full, and at a terminal."""

import json
from dataclasses import replace
from hashlib import sha256
from itertools import count
from typing import Any

import pytest
from temporalio.client import Client
from temporalio.common import SearchAttributePair, TypedSearchAttributes

from adapters.temporal import connection as temporal
from domain.conversation.numbers import longer_number, number_of
from tests.harness.accepting import accepted_alone, unread
from tests.harness.asking import asked_everywhere
from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.stack import Stack
from tests.tools.conftest import Command, in_terminal
from workflows import search_attributes

NUMBER, AGE, LEFT, WHY = 1, 5, 6, 9


async def until_row(command: Command, brand: str, words: str) -> list[str]:
    """Waits until the list contains a brand's candidate with these words; searches lag behind."""

    async def listed() -> list[str] | None:
        _, lines = await command("list", "--brand", brand)
        return next((line.split("\t") for line in lines if words in line), None)

    return await until(listed)


async def until_listed(command: Command, brand: str, count: int) -> list[dict[str, Any]]:
    async def listed() -> list[dict[str, Any]]:
        _, lines = await command("list", "--json", "--brand", brand)
        found: list[dict[str, Any]] = json.loads("\n".join(lines))
        return found

    return await until(listed, lambda found: len(found) == count)


async def test_open_candidate_is_listed_with_number_age_and_time_left(
    stack: Stack, owner: Owner, brand: str, command: Command
) -> None:
    candidate = await asked_everywhere(stack, "whatsapp", owner, brand_id=brand)

    row = await until_row(command, brand, "for its owner")

    assert row[NUMBER] == number_of(candidate["id"])
    assert row[AGE].endswith((" s", " min"))
    assert row[LEFT] in {"14 min", "15 min", "13 min"}


async def test_prompt_that_might_not_have_arrived_is_listed_with_the_time_of_its_repetition(
    stack: Stack, owner: Owner, brand: str, command: Command
) -> None:
    await stack.phone.fault("photon.send", match=owner.imessage, status=503, accept=True)
    await accepted_alone(stack, "imessage", owner, brand_id=brand)

    row = await until_row(command, brand, "arrival unknown")

    assert row[WHY].startswith("imessage: sent, arrival unknown; iMessage: before part 1 is repeated, until ")


async def test_candidate_that_nobody_could_be_asked_about_is_listed_with_the_reason(
    stack: Stack, owner: Owner, brand: str, command: Command
) -> None:
    await stack.phone.fault("twilio.messages", match=owner.whatsapp[-7:], status=400, code=63024)
    candidate = await accepted_alone(stack, "whatsapp", owner, brand_id=brand)

    row = await until_row(command, brand, "system:undeliverable")

    assert row[WHY] == "WhatsApp: 63024, the recipient is invalid"
    code, lines = await command("show", candidate["id"])
    assert code == 0
    assert "prompt\twhatsapp: failed, error 63024 (the recipient is invalid)" in lines


async def test_unreadable_candidate_is_a_row_with_the_reason(
    stack: Stack, owner: Owner, brand: str, command: Command
) -> None:
    """Its key is lost; the list still shows the others, and only commands on this one fail."""
    converter = temporal.data_converter({"lost": sha256(b"lost").digest()})
    other = await Client.connect(stack.environment["TEMPORAL_ADDRESS"], data_converter=converter)
    [locked] = await unread(replace(stack, client=other), 1, owner, brand_id=brand)
    [clear] = await unread(stack, 1, owner, brand_id=brand)

    found = {row["candidate_id"]: row for row in await until_listed(command, brand, 2)}

    why = "encrypted with the key 'lost', which PAYLOAD_ENCRYPTION_KEYS lacks"
    assert found[locked["id"]]["why"] == [f"cannot be read: {why}"]
    assert found[locked["id"]]["number"] == number_of(locked["id"])
    assert found[clear["id"]]["deadline"] is not None
    code, lines = await command("show", locked["id"], clear["id"])
    assert code == 0
    assert {f"why it waits\tcannot be read: {why}", f"candidate\t{clear['id']}"} <= set(lines)
    assert await command("ask-again", locked["id"], "--operator", "jane") == (
        1,
        [f"{locked['id']}: cannot be read: {why}"],
    )


async def test_run_that_was_started_by_hand_is_a_row_with_the_reason(
    stack: Stack, brand: str, command: Command
) -> None:
    """The run lacks what the edge adds, and no worker takes it."""
    attributes = TypedSearchAttributes([SearchAttributePair(search_attributes.BRAND_ID, brand)])
    await stack.client.start_workflow(
        "ApprovalWorkflow", id=f"approval/{brand}", task_queue=brand, search_attributes=attributes
    )

    [row] = await until_listed(command, brand, 1)

    assert (row["candidate_id"], row["why"]) == (brand, ["cannot be read: its run has no candidate in its memo"])


async def test_candidate_is_shown_in_full_with_its_texts_only_on_request(
    stack: Stack, owner: Owner, brand: str, command: Command
) -> None:
    candidate = await asked_everywhere(stack, "whatsapp", owner, brand_id=brand, proposed_text="Soon.\nWe promise.")
    await stack.phone.until_prompted("imessage", candidate["id"])
    await stack.phone.says("whatsapp", owner, f"skip {candidate['id']}: too salesy")
    await stack.phone.until_decided(candidate["id"])
    await stack.core.until_callback(candidate["id"], "delivered")

    code, lines = await command("show", candidate["id"])

    shown = dict(line.split("\t", 1) for line in lines)
    assert code == 0
    assert shown | {"state": "rejected", "callback": "delivered", "decider": "whatsapp", "via": "whatsapp"} == shown
    happened = [line.split("\t")[1] for line in lines if line.startswith("20")]
    assert happened[0] == "accepted"
    assert {"reply on whatsapp: rejected", "rejected by whatsapp", "rejected to core: accepted"} <= set(happened)
    assert any(what.startswith("WhatsApp: part 1 of the prompt: sent, SM") for what in happened)
    for text in ("We promise", "too salesy", owner.whatsapp.partition("+")[2], owner.imessage):
        assert text not in "\n".join(lines)
    _, lines = await command("show", candidate["id"], "--text")
    assert {"proposed text\tSoon. We promise.", "note\ttoo salesy"} <= set(lines)
    _, lines = await command("show", candidate["id"], "--text", "--json")
    [whole] = json.loads("\n".join(lines))
    assert whole["texts"] == {"proposed_text": "Soon.\nWe promise.", "note": "too salesy"}
    assert whole["happened"][0]["what"] == "accepted"


def namesake(candidate_id: str) -> str:
    """Returns another id with the same number."""
    found = (f"{candidate_id}_{n}" for n in count())
    return next(each for each in found if number_of(each) == number_of(candidate_id))


async def test_command_accepts_the_candidates_number(stack: Stack, owner: Owner, brand: str, command: Command) -> None:
    one, other = f"cr_{brand}", namesake(f"cr_{brand}")
    for candidate_id in (one, other):
        await stack.core.accepted(owner, id=candidate_id, brand_id=brand)
    await until_listed(command, brand, 2)

    code, lines = await command("show", number_of(one))
    assert code == 0
    assert {f"candidate\t{one}", f"candidate\t{other}"} <= set(lines)
    code, [refused] = await command("decide", number_of(one), "approved", "--operator", "jane")
    assert code == 1
    assert refused.startswith(f"{number_of(one)}: several candidates have this number: ")
    assert {one, other} <= set(refused.replace(",", "").split())
    code, [decided] = await command("decide", longer_number(one, 12), "approved", "--operator", "jane")
    assert (code, decided.partition(",")[0]) == (0, f"{one}: approved by operator:jane")
    assert (await stack.core.candidate(other))["decision"] is None
    code, [unknown] = await command("decide", "999999999999", "approved", "--operator", "jane")
    assert (code, unknown) == (1, "999999999999: no candidate has this number")


async def test_unknown_candidate_is_reported_as_unknown(command: Command) -> None:
    assert await command("show", "cr_nobody_knows") == (1, [])


@pytest.mark.parametrize(("typed", "withdrawn"), [("n\n", False), ("\n", False), ("y\n", True)])
async def test_operator_is_asked_before_all_of_a_brand_is_withdrawn(
    stack: Stack, brand: str, command: Command, typed: str, *, withdrawn: bool
) -> None:
    ids = [(await stack.core.accepted(Owner(), brand_id=brand))["id"] for _ in range(2)]
    await until_listed(command, brand, len(ids))
    dry = await command("withdraw", "--all", "--brand", brand, "--operator", "jane", "--dry-run")
    assert (dry[0], sorted(line.split("\t")[0] for line in dry[1])) == (0, sorted(["candidate", *ids]))

    code, seen = await in_terminal(stack, "withdraw", "--all", "--brand", brand, "--operator", "jane", typed=typed)

    assert f"Withdraw 2 candidates of {brand}? " in seen
    assert code == (0 if withdrawn else 1)
    for candidate_id in ids:
        decision = (await stack.core.candidate(candidate_id))["decision"]
        assert decision == ("expired" if withdrawn else None)


async def test_terminal_gets_aligned_columns_and_colors(
    stack: Stack, owner: Owner, brand: str, command: Command
) -> None:
    ids = [(await stack.core.accepted(owner, brand_id=brand, id=f"cr_{brand}{'x' * n}"))["id"] for n in (1, 20)]
    await until_listed(command, brand, len(ids))

    code, seen = await in_terminal(stack, "list", "--brand", brand)

    assert code == 0
    lines = [line for line in seen.splitlines() if any(candidate_id in line for candidate_id in ids)]
    assert len({line.index(brand, len(max(ids, key=len))) for line in lines}) == 1
    assert "\x1b[36m" in seen
    assert "\t" not in seen
    _, plain = await command("list", "--brand", brand)
    assert "\x1b" not in "".join(plain)
