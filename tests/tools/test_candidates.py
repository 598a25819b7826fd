"""The command for operators; tests/faults/test_operations.py runs the examples of its manual."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest, ResetActivityRequest
from temporalio.service import RPCError, RPCStatusCode

from domain.conversation.numbers import longer_number, number_of
from domain.engine_states import EngineState
from engine.candidates import CandidateRecord
from tests.harness.asking import asked_everywhere
from tests.harness.core import draft
from tests.harness.operator import change_timeout, until_found, until_retried
from tests.harness.phone import Owner
from tests.harness.processes import free_port, run_python, until
from tests.harness.refusals import refusing
from tests.harness.stack import Stack
from tests.tools.conftest import Command
from tools.candidates import actions, rows
from tools.candidates.__main__ import main


async def parked(stack: Stack, brand_id: str) -> str:
    """Posts a candidate whose decision core refuses; returns its id."""
    candidate = draft(Owner(), brand_id=brand_id)
    await stack.phone.fault("core.decisions", match=candidate["id"], status=410)
    await stack.core.post(candidate)
    await stack.run_of(candidate["id"]).signal("decide", {"operator": "ann", "decision": "approved"})
    await stack.core.until_callback(candidate["id"], "parked")
    return str(candidate["id"])


async def given_up(stack: Stack, brand_id: str) -> str:
    """Posts a candidate whose decision core does not accept within a day, the limit of retries."""
    candidate = await stack.core.accepted(Owner(), brand_id=brand_id)
    await stack.phone.fault("core.decisions", match=candidate["id"], status=503)
    run = stack.run_of(candidate["id"])
    await run.signal("decide", {"operator": "ann", "decision": "approved"})
    await change_timeout(stack.client, run, await until_retried(run), "schedule_to_close_timeout", timedelta(seconds=1))
    await stack.core.until_callback(candidate["id"], "parked")
    return str(candidate["id"])


async def until_listed(command: Command, brand_id: str, count: int) -> list[list[str]]:
    """Waits until the command lists this many parked candidates of a brand; searches lag behind."""

    async def listed() -> list[list[str]] | None:
        code, (_, *lines) = await command("list", "--parked", "--brand", brand_id)
        assert code == 0, lines
        return [line.split("\t") for line in lines] if len(lines) == count else None

    return await until(listed)


async def test_parked_decisions_are_listed_with_the_reason_and_retried_one_by_one(
    stack: Stack, brand: str, command: Command
) -> None:
    first, second = sorted(await asyncio.gather(parked(stack, brand), given_up(stack, brand)))
    found = await until_listed(command, brand, 2)
    assert sorted([row[0], *row[2:5]] for row in found) == [[i, brand, "approved", "parked"] for i in (first, second)]
    reasons = [row[9].partition(", since ") for row in found]
    assert {why for why, _, _ in reasons} == {"CallbackRefused: core answered 410", "retried for a day without success"}
    assert all(row[7] <= since for row, (_, _, since) in zip(found, reasons, strict=True)), "decided before parked"

    await stack.phone.heal()
    assert await command("retry", first) == (0, [f"{first}: will be delivered again"])

    assert len(await until_decided(stack, first)) == 1
    assert await stack.phone.decisions(second) == []
    code, lines = await command("retry", first, "cr_nobody_knows")
    assert (code, sorted(lines)) == (
        1,
        [f"{first}: nothing to deliver: approved by operator:ann, delivered", "cr_nobody_knows: unknown, or closed"],
    )


async def test_all_parked_decisions_of_a_brand_are_retried_by_one_command(
    stack: Stack, brand: str, command: Command
) -> None:
    other = f"{brand}_2"
    theirs, *ours = await asyncio.gather(parked(stack, other), *(parked(stack, brand) for _ in range(11)))
    await until_listed(command, brand, len(ours))
    await stack.phone.heal()

    code, lines = await command("retry", "--all", "--brand", brand)

    assert (code, sorted(lines)) == (0, sorted(f"{candidate_id}: will be delivered again" for candidate_id in ours))
    for candidate_id in ours:
        assert len(await until_decided(stack, candidate_id)) == 1
    assert await stack.phone.decisions(theirs) == []


async def test_candidate_is_listed_by_its_number(stack: Stack, command: Command) -> None:
    candidate_id = (await stack.core.accepted(Owner()))["id"]

    for number in (number_of(candidate_id), longer_number(candidate_id)):

        async def listed(number: str = number) -> list[str]:
            code, lines = await command("list", "--open", "--number", number)
            assert code == 0, lines
            return [line for line in lines if line.startswith(f"{candidate_id}\t")]

        assert len(await until(listed)) == 1


async def test_decision_that_core_refuses_again_is_parked_again(stack: Stack, brand: str, command: Command) -> None:
    candidate_id = await parked(stack, brand)
    await command("retry", candidate_id)
    await until(lambda: stack.phone.attempts("core.decisions", contains=candidate_id), lambda made: len(made) == 2)
    assert (await stack.core.until_callback(candidate_id, "parked"))["state"] == "approved"


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "retry",
        "retry cr_1 --all",
        "retry cr_1 --brand b",
        "retry --all --brand '",
        "list cr_1",
        "list --open --parked",
        "list --owner nobody",
        "list --owner +1",
        "list --limit 0",
        "list --number 482",
        "list --number 2026",
        "list --number cr_1",
        "decide cr_1 approved",
        "decide cr_1 expired --operator jane",
        "decide cr_1 edited --operator jane",
        "decide cr_1 approved --text x --operator jane",
        f"decide cr_1 edited --text {'x' * 3001} --operator jane",
        "decide cr/1 approved --operator jane",
        "decide cr_1 approved --operator whatsapp:+15551234567",
        "withdraw cr_1",
        "withdraw --all --operator jane",
        "withdraw --all --brand b --operator jane",
        "withdraw cr_1 --operator jane --yes",
        "withdraw --all --brand b --operator jane --yes --dry-run",
        "show",
        "show cr/1",
        "views",
    ],
)
async def test_command_that_is_wrong_or_ambiguous_does_nothing(arguments: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        await main(arguments.split())


async def test_outage_of_temporal_is_reported_in_one_line(stack: Stack) -> None:
    nowhere = {**stack.environment, "TEMPORAL_ADDRESS": f"127.0.0.1:{free_port()}"}
    code, output = await run_python("-m", "tools.candidates", "list", environment=nowhere)

    assert code == 1
    assert output.startswith("Temporal cannot be reached: ")
    assert len(output.splitlines()) == 1


async def test_connection_that_temporal_refuses_is_not_called_unreachable(stack: Stack) -> None:
    async with refusing(RPCStatusCode.UNAUTHENTICATED, passed=0) as refusals:
        refused = {**stack.environment, "TEMPORAL_ADDRESS": refusals.address}
        code, output = await run_python("-m", "tools.candidates", "list", environment=refused)

    assert code == 1
    assert output.startswith(f"{EngineState.UNAUTHENTICATED.traits.words}: ")
    assert len(output.splitlines()) == 1


async def test_owner_is_found_by_each_way_to_write_the_address(stack: Stack, command: Command) -> None:
    owner, apple = Owner(), f"+1666{Owner().number:07}"
    candidate = await stack.core.accepted(owner, owner_imessage=apple)
    code, [query] = await command("query", "--open", "--owner", owner.whatsapp)
    await until_found(stack.client, query)
    number = owner.whatsapp.removeprefix("whatsapp:")
    for address in (number, f"{number[:5]} {number[5:]}", apple, f"imessage:{apple}"):
        code, lines = await command("list", "--open", "--owner", address)
        assert (code, [line.split("	")[0] for line in lines]) == (0, ["candidate", candidate["id"]])
    assert await command("list", "--parked", "--owner", number) == (0, [])


async def test_owner_is_found_by_either_form_of_the_number(stack: Stack, owner: Owner, command: Command) -> None:
    number = f"2{owner.number:09}"
    candidate = await stack.core.accepted(owner, owner_whatsapp=f"whatsapp:+52{number}")

    async def found() -> bool:
        code, lines = await command("list", "--open", "--owner", f"+521{number}")
        return (code, [line.split("\t")[0] for line in lines]) == (0, ["candidate", candidate["id"]])

    await until(found)


async def test_earlier_decision_of_another_operator_is_named(stack: Stack, command: Command) -> None:
    candidate = await stack.core.accepted(Owner())
    await stack.run_of(candidate["id"]).signal("withdraw", {"operator": "ann"})
    await stack.core.until_callback(candidate["id"], "delivered")

    decided = await command("decide", f"approval/{candidate['id']}", "approved", "--operator", "jane")

    assert decided == (1, [f"{candidate['id']}: too late: expired by operator:ann, delivered"])


async def test_delivery_that_is_quicker_than_the_retry_is_not_a_failure(stack: Stack, brand: str) -> None:
    candidate = await stack.core.accepted(Owner(), brand_id=brand)
    refusal = {"status": 503, "headers": {"Retry-After": "600"}}
    await stack.phone.fault("core.decisions", match=candidate["id"], **refusal)
    run = stack.run_of(candidate["id"])
    await run.signal("decide", {"operator": "ann", "decision": "approved"})
    await until_retried(run)
    await stack.phone.heal()

    class Overtaken:
        """A Temporal in which the delivery succeeds between a read and the reset."""

        namespace = stack.client.namespace
        workflow_service: Any

        async def reset_activity(self, request: ResetActivityRequest) -> None:
            await stack.client.workflow_service.reset_activity(request)
            await until_decided(stack, candidate["id"])
            await stack.client.workflow_service.reset_activity(request)

    client: Any = Overtaken()
    client.workflow_service = client

    done = await actions.retrying(client)(run, await CandidateRecord.of(await run.describe()))

    assert done == (True, "approved by operator:ann, delivered")


async def test_candidate_that_is_deleted_after_it_was_found_is_still_listed(stack: Stack) -> None:
    candidate = await stack.core.accepted(Owner())
    run = stack.run_of(candidate["id"])
    found = await run.describe()
    execution = WorkflowExecution(workflow_id=run.id, run_id=found.run_id)
    request = DeleteWorkflowExecutionRequest(namespace=stack.client.namespace, workflow_execution=execution)
    await stack.client.workflow_service.delete_workflow_execution(request)

    async def is_gone() -> bool:
        try:
            await run.describe()
        except RPCError as error:
            return error.status is RPCStatusCode.NOT_FOUND
        return False

    await until(is_gone)

    row = await rows.row(stack.client, found)
    assert (row.candidate_id, row.why) == (candidate["id"], ["deleted since the search"])


async def test_owner_who_decided_is_shown_without_an_address(stack: Stack, brand: str, command: Command) -> None:
    owner = Owner()
    candidate = await asked_everywhere(stack, "whatsapp", owner, brand_id=brand)
    await stack.phone.says("whatsapp", owner, f"approve {candidate['id']}")
    await until_decided(stack, candidate["id"])

    async def listed() -> list[str] | None:
        _, lines = await command("list", "--brand", brand)
        return lines[1].split("\t") if "delivered" in "".join(lines) else None

    assert (await until(listed))[8] == "whatsapp"
    said = f"{candidate['id']}: nothing to deliver: approved by whatsapp, delivered"
    assert await command("retry", candidate["id"]) == (1, [said])


async def until_decided(stack: Stack, candidate_id: str) -> list[dict[str, Any]]:
    await stack.phone.until_decided(candidate_id)
    await stack.core.until_callback(candidate_id, "delivered")
    return await stack.phone.decisions(candidate_id)
