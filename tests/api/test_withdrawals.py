"""DELETE /candidate/{id} withdraws a candidate, and `replaces` rejects impossible replacements."""

import asyncio
from typing import Any

import pytest

from tests.harness.asking import asked, asked_everywhere
from tests.harness.core import draft
from tests.harness.naming import label
from tests.harness.operator import signals
from tests.harness.phone import Owner
from tests.harness.stack import Stack

CHANNELS = ("whatsapp", "imessage")


async def test_candidate_is_taken_back_at_once_and_its_owners_are_told(stack: Stack, owner: Owner) -> None:
    candidate = await asked_everywhere(stack, "whatsapp", owner)
    await asked_everywhere(stack, "imessage", owner, id=f"{candidate['id']}_other")
    await stack.phone.until_prompted("imessage", candidate["id"])

    response = await stack.core.withdraw(candidate["id"])

    assert response.status_code == 202
    assert response.json() == {"status": "withdrawing", "candidate_id": candidate["id"]}
    decided = await stack.phone.until_decided(candidate["id"])
    assert (decided["decision"], decided["decider"], decided["final_text"]) == ("expired", "core:withdrawn", None)
    for channel in CHANNELS:
        await stack.phone.until_message(channel, owner, f"Taken back by the agent: {label(candidate)}")
    assert (await stack.core.candidate(candidate["id"]))["via"] == "core"


async def test_taking_back_again_is_the_same_answer_and_adds_nothing(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner)
    await stack.phone.fault("core.decisions", match=candidate["id"], times=1, status=410)

    together = await asyncio.gather(*(stack.core.withdraw(candidate["id"]) for _ in range(5)))
    await stack.core.until_callback(candidate["id"], "parked")
    later = await stack.core.withdraw(candidate["id"])
    run = stack.run_of(candidate["id"])
    assert (await signals(run)).count("withdraw") == 1
    await run.signal("retry_callback")
    await run.result()
    afterwards = await stack.core.withdraw(candidate["id"])

    assert {response.status_code for response in (*together, later, afterwards)} == {202}
    assert len(await stack.phone.decisions(candidate["id"])) == 1


async def test_unknown_candidate_cannot_be_taken_back(stack: Stack) -> None:
    response = await stack.core.withdraw("cr_unknown")

    assert response.status_code == 404
    assert response.json()["candidate_id"] == "cr_unknown"
    stranger = {"Authorization": "Bearer of somebody else"}
    assert (await stack.core.http.delete("/candidate/cr_unknown", headers=stranger)).status_code == 401


@pytest.mark.parametrize("is_parked", [False, True])
async def test_decided_candidate_is_not_taken_back_and_the_answer_has_the_decision(
    stack: Stack, owner: Owner, *, is_parked: bool
) -> None:
    candidate = await asked(stack, "whatsapp", owner)
    if is_parked:
        await stack.phone.fault("core.decisions", match=candidate["id"], times=1, status=410)
    await stack.phone.says("whatsapp", owner, f"edit {candidate['id']}: Mine")
    await stack.core.until_callback(candidate["id"], "parked" if is_parked else "delivered")

    response = await stack.core.withdraw(candidate["id"])

    assert response.status_code == 409
    known = await stack.core.candidate(candidate["id"])
    decided = ("decision", "final_text", "decider", "decided_at", "latency_ms")
    assert response.json()["decided"] == {
        "id": candidate["id"],
        **{name: known[name] for name in decided},
        "replaced_by": None,
    }


async def test_replaced_candidate_is_not_taken_back_and_the_answer_names_its_successor(
    stack: Stack, owner: Owner
) -> None:
    old = await asked(stack, "whatsapp", owner)
    new = await stack.core.successor(old, owner)
    await stack.phone.until_decided(old["id"])

    response = await stack.core.withdraw(old["id"])

    assert response.status_code == 409
    assert (response.json()["decided"]["decider"], response.json()["decided"]["replaced_by"]) == (
        "core:replaced",
        new["id"],
    )


async def test_candidate_whose_run_was_ended_by_hand_has_nothing_to_take_back(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner)
    await stack.run_of(candidate["id"]).terminate()

    response = await stack.core.withdraw(candidate["id"])

    assert (response.status_code, "decided" in response.json()) == (409, False)
    assert "without a decision" in response.json()["detail"]


async def test_what_is_unknown_or_anothers_or_itself_is_refused_in_the_same_words(stack: Stack, owner: Owner) -> None:
    others = await stack.core.accepted(owner)
    itself = draft(owner)
    bodies = [
        draft(owner, replaces="cr_unknown"),
        draft(owner, replaces=others["id"]),
        {**itself, "replaces": itself["id"]},
    ]

    responses = [await stack.core.post(body) for body in bodies]

    assert [response.status_code for response in responses] == [422] * 3
    words = {
        response.json()["detail"].replace(str(body["replaces"]), "X")
        for response, body in zip(responses, bodies, strict=True)
    }
    assert words == {"replaces: there is no other candidate X of this brand"}
    assert [response.json()["candidate_id"] for response in responses] == [body["id"] for body in bodies]
    for body in bodies:
        assert (await stack.core.http.get(f"/candidate/{body['id']}")).status_code == 404, "nothing has begun"
    assert (await stack.core.candidate(others["id"]))["decision"] is None


async def test_decided_candidate_is_not_replaced_and_the_answer_has_its_decision(stack: Stack, owner: Owner) -> None:
    old = await asked(stack, "whatsapp", owner)
    await stack.phone.says("whatsapp", owner, f"skip {old['id']}")
    await stack.phone.until_decided(old["id"])
    body = draft(owner, brand_id=old["brand_id"], replaces=old["id"])

    response = await stack.core.post(body)

    assert response.status_code == 409
    assert response.json()["candidate_id"] == body["id"]
    decided = response.json()["decided"]
    assert (decided["id"], decided["decision"], decided["decider"]) == (old["id"], "rejected", owner.whatsapp)
    assert (await stack.core.http.get(f"/candidate/{body['id']}")).status_code == 404


async def test_candidate_that_was_replaced_before_is_not_replaced_by_another(stack: Stack, owner: Owner) -> None:
    old = await stack.core.accepted(owner)
    first = await stack.core.successor(old, owner)
    await stack.phone.until_decided(old["id"])

    response = await stack.core.post(draft(owner, brand_id=old["brand_id"], replaces=old["id"]))

    assert response.status_code == 409
    assert response.json()["decided"]["replaced_by"] == first["id"]


async def test_new_id_is_looked_at_before_what_it_replaces(stack: Stack, owner: Owner) -> None:
    """A repetition is a duplicate even after the old one's decision.

    Other content is a conflict.
    """
    old = await stack.core.accepted(owner)
    new = await stack.core.successor(old, owner)
    await stack.phone.until_decided(old["id"])

    again = await stack.core.post(new)
    changes: list[dict[str, Any]] = [{"replaces": None}, {"replaces": "cr_unknown"}, {"proposed_text": "Another"}]
    others = [await stack.core.post({**new, **change}) for change in changes]

    assert (again.status_code, again.json()["status"]) == (202, "duplicate")
    assert [response.status_code for response in others] == [409] * 3
    assert all("other content" in response.json()["detail"] for response in others)
    assert await stack.phone.decisions(new["id"]) == []


async def test_other_methods_are_refused_by_the_names_of_all_that_there_are(stack: Stack) -> None:
    refusals = [await stack.core.http.request(method, "/candidate/cr_1") for method in ("OPTIONS", "PUT")]

    assert [response.status_code for response in refusals] == [405, 405]
    assert (
        {"DELETE", "GET"} <= {*refusals[0].headers["Allow"].split(", ")} == {*refusals[1].headers["Allow"].split(", ")}
    )
