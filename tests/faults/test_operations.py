"""Operators' work with the commands of docs/operations.md, on a gateway with encryption."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from domain.conversation.numbers import number_of
from tests.harness.asking import asked_everywhere
from tests.harness.keys import encryption_keys, secret
from tests.harness.manual import Manual
from tests.harness.operator import pending_activities, until_found
from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.stack import Stack, running_stack

ID, NUMBER, BRAND, OWNER = "cr_8f9a1b2c", "4821", "b_acme", "whatsapp:+15551234567"


@pytest.fixture(scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    settings = {"PAYLOAD_ENCRYPTION_KEYS": encryption_keys("a"), "CODEC_SECRETS": secret("codec")}
    async with running_stack(tmp_path_factory.mktemp("operations"), **settings) as stack:
        yield stack


@pytest.fixture(scope="module")
def manual(gateway: Stack) -> Manual:
    shell = {**gateway.environment, "CODEC_SECRET": secret("codec")}
    manual = Manual("docs/operations.md", shell)
    codec = {"https://approvals.example.com": gateway.gateway_url}
    manual.preamble = manual.take("Before the first command", instead=codec)
    return manual


async def undelivered(stack: Stack, status: int, **changes: Any) -> str:
    """Decides a candidate whose decision core refuses, for good or for now; returns its id."""
    candidate = await asked_everywhere(stack, "whatsapp", Owner(), **changes)
    await stack.phone.fault("core.decisions", match=candidate["id"], status=status, headers={"Retry-After": "600"})
    await stack.run_of(candidate["id"]).signal("decide", {"operator": "ann", "decision": "rejected"})
    if status == 503:
        await until(lambda: activity_that_waits(stack, candidate["id"]))
    state = "pending" if status == 503 else "parked"
    await until_found(stack.client, f"CallbackState = '{state}' AND WorkflowId = 'approval/{candidate['id']}'")
    return str(candidate["id"])


async def activity_that_waits(stack: Stack, candidate_id: str) -> str | None:
    pending = await pending_activities(stack.run_of(candidate_id))
    return next((activity_id for activity_id, attempt in pending.items() if attempt == 2), None)


async def test_operator_finds_candidates_and_sees_why_they_wait(gateway: Stack, manual: Manual) -> None:
    owner, brand = Owner(), "b_finds"
    parked, waiting = await asyncio.gather(*(undelivered(gateway, status, brand_id=brand) for status in (410, 503)))
    open_id = (await asked_everywhere(gateway, "whatsapp", owner, brand_id=brand))["id"]
    number = owner.whatsapp.removeprefix("whatsapp:")

    async def finds(expected: set[str], heading: str, block: int, instead: dict[str, str]) -> str:
        output = await manual.run(heading, block, instead)
        assert {i for i in (parked, waiting, open_id) if i in output} == expected, output
        return output

    everything = {parked, waiting, open_id}
    reasons, *_ = await asyncio.gather(
        finds({parked}, "Everything parked", 0, {}),
        finds({open_id}, "One by its number", 0, {NUMBER: number_of(open_id)}),
        finds({open_id}, "One by its number", 1, {NUMBER: number_of(open_id)}),
        finds(everything, "All of a brand", 0, {BRAND: brand}),
        finds({open_id}, "Everything open for an owner", 0, {OWNER: owner.whatsapp}),
        finds({open_id}, "Everything open for an owner", 2, {OWNER.removeprefix("whatsapp:"): number}),
        finds({open_id}, "All of one candidate", 0, {NUMBER: number_of(open_id)}),
    )
    link = await manual.run("Everything open for an owner", 1, {"owner@example.com": owner.imessage})
    assert link.startswith("https://temporal.example.com/namespaces/default/workflows?query=ApprovalState+IN")
    assert "CallbackRefused: core answered 410, since " in reasons
    assert "WorkflowType" in await manual.run("The UI, once in each browser")
    assert "asked" in await manual.run("See why one waits", 0, {ID: open_id})
    assert "core answered 503" in await manual.run("See why one waits", 1, {ID: waiting})


async def test_operator_delivers_parked_and_pending_decisions(gateway: Stack, manual: Manual) -> None:
    """An operator delivers parked and pending decisions one by one, and all at once."""
    brand = "b_late"
    parked = await asyncio.gather(*(undelivered(gateway, 410, brand_id=f"{brand}{n}") for n in range(5)))
    waiting = await asyncio.gather(*(undelivered(gateway, 503, brand_id=f"{brand}{n}") for n in range(5, 9)))
    activity_id = await activity_that_waits(gateway, waiting[0])
    await gateway.phone.heal()

    async def are_delivered(*candidate_ids: str) -> None:
        for candidate_id in candidate_ids:
            await gateway.core.until_callback(candidate_id, "delivered")
            assert len(await gateway.phone.decisions(candidate_id)) == 1

    await asyncio.gather(
        manual.run("Retry now", 0, {ID: parked[0]}),
        manual.run("Retry now", 1, {ID: parked[1]}),
        manual.run("Retry now", 2, {ID: waiting[0], "--activity-id 6": f"--activity-id {activity_id}"}),
    )
    await are_delivered(*parked[:2], waiting[0])
    assert (await gateway.core.candidate(parked[2]))["callback"] == "parked"

    await _run_batch(manual, 1, {"'parked'": f"'parked' AND BrandId = '{brand}2'"})
    await _run_batch(manual, 2, {"'pending'": f"'pending' AND BrandId = '{brand}6'"})
    await are_delivered(parked[2], waiting[1])
    said = await manual.run("Core is back: all at once", 0)
    await are_delivered(*parked, *waiting)
    assert {i for i in (*parked, *waiting) if i in said} >= {*parked[3:], *waiting[2:]}


async def _run_batch(manual: Manual, number: int, instead: dict[str, str]) -> None:
    """Starts a batch once the one before has ended, because the server runs one at a time."""
    code, said = await until(
        lambda: manual.attempt("Core is back: all at once", number, instead),
        lambda done: "Max concurrent batch" not in done[1],
    )
    assert code == 0, said


async def test_operator_decides_and_withdraws(gateway: Stack, manual: Manual) -> None:
    ids = [(await gateway.core.accepted(Owner(), brand_id=f"b_mind{n}"))["id"] for n in range(7)]
    mine = [(await asked_everywhere(gateway, "whatsapp", Owner(), brand_id=f"b_stopped{n}"))["id"] for n in range(2)]

    await asyncio.gather(
        manual.run("Decide for an owner", 0, {ID: ids[0]}),
        manual.run("Decide for an owner", 1, {ID: ids[1]}),
        manual.run("Decide for an owner", 2, {ID: ids[2]}),
        manual.run("Withdraw", 0, {ID: ids[3]}),
        manual.run("Withdraw", 1, {ID: ids[4]}),
        manual.run("Withdraw", 2, {BRAND: "b_stopped0"}),
        manual.run("Withdraw", 3, {BRAND: "b_stopped1"}),
        manual.run("Withdraw", 4, {ID: ids[5]}),
    )

    decided = [await gateway.phone.until_decided(candidate_id) for candidate_id in (*ids[:6], *mine)]
    outcomes = ["approved", "edited", "approved", *["expired"] * 5]
    assert [decision["decision"] for decision in decided] == outcomes
    assert decided[1]["final_text"] == "It's on its way.\nSorry for the wait!"
    assert {d["decider"] for d in decided} - {decided[5]["decider"]} == {"operator:jane"}
    assert decided[5]["decider"] == "operator:cancelled"
    code, said = await manual.attempt("Decide for an owner", 0, {ID: ids[3]})
    assert (code, said.strip()) == (1, f"{ids[3]}: too late: expired by operator:jane, delivered")
    assert (await gateway.core.candidate(ids[6]))["decision"] is None


async def test_operator_sends_prompts_again(gateway: Stack, manual: Manual) -> None:
    by_command, by_signal = Owner(), Owner()
    ids = [(await asked_everywhere(gateway, "whatsapp", owner))["id"] for owner in (by_command, by_signal)]
    for candidate_id in ids:
        await gateway.phone.until_prompted("imessage", candidate_id)

    await manual.run("Ask again", 0, {ID: ids[0]})
    await manual.run("Ask again", 1, {ID: ids[1]})

    for owner in (by_command, by_signal):
        await gateway.phone.until_message("whatsapp", owner, "(repeated, ")
    await gateway.phone.until_message("imessage", by_command, "(repeated, ")
    assert len(await gateway.phone.texts("imessage", by_signal)) == 1


async def test_reset_restores_a_terminated_run_with_its_deadline_and_sends_nothing_again(
    gateway: Stack, manual: Manual
) -> None:
    owner = Owner()
    candidate_id = (await asked_everywhere(gateway, "whatsapp", owner))["id"]
    before = await gateway.core.candidate(candidate_id)
    await gateway.run_of(candidate_id).terminate()

    await manual.run("Reset a run", 0, {ID: candidate_id})
    # A worker repeats the last task.
    await until(lambda: gateway.core.candidate(candidate_id), lambda now: now == before)
    await gateway.phone.says("whatsapp", owner, f"approve {candidate_id}")

    assert (await gateway.phone.until_decided(candidate_id))["decider"] == owner.whatsapp
    assert len(await gateway.phone.prompts("whatsapp", candidate_id)) == 1


async def test_reset_to_the_first_task_asks_again_and_core_can_recognize_the_second_decision(
    gateway: Stack, manual: Manual
) -> None:
    owner = Owner()
    candidate_id = (await asked_everywhere(gateway, "whatsapp", owner))["id"]
    await gateway.phone.says("whatsapp", owner, f"approve {candidate_id}")
    await asyncio.wait_for(gateway.run_of(candidate_id).result(), timeout=20)
    first = {ID: candidate_id, "--type LastWorkflowTask": "--type FirstWorkflowTask --reapply-exclude Signal"}

    await manual.run("Reset a run", 0, first)
    await until(lambda: gateway.phone.prompts("whatsapp", candidate_id), lambda prompts: len(prompts) == 2)
    await gateway.phone.says("whatsapp", owner, f"skip {candidate_id}")
    decisions = await until(lambda: gateway.phone.decisions(candidate_id), lambda made: len(made) == 2)
    assert [decision["decision"] for decision in decisions] == ["approved", "rejected"]
    made = await gateway.phone.attempts("core.decisions", contains=candidate_id)
    assert len({attempt["headers"]["webhook-id"] for attempt in made}) == 1


async def test_every_command_of_the_document_was_run(manual: Manual) -> None:
    assert manual.untried == []
