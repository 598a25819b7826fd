"""Decisions that core would not take: listed and delivered again, by the gateway's own command and by Temporal's."""

import asyncio
import shutil
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import tools.parked
from tests.harness.core import draft
from tests.harness.operator import change_timeout, pending_activities
from tests.harness.phone import Owner
from tests.harness.processes import free_port, run_python, until
from tests.harness.stack import Stack

TEMPORAL = shutil.which("temporal", path=str(Path(sys.executable).parent)) or "temporal"


async def parked(stack: Stack, brand_id: str, status: int = 410) -> str:
    """Have core refuse a decision, and give the candidate's id."""
    candidate = draft(Owner(), brand_id=brand_id)
    await stack.phone.fault("core.decisions", match=candidate["id"], status=status)
    await stack.core.post(candidate)
    await stack.run_of(candidate["id"]).signal("decide", {"operator": "ann", "decision": "approved"})
    await stack.core.until_callback(candidate["id"], "parked")
    return str(candidate["id"])


Command = Callable[..., Awaitable[tuple[int, list[str]]]]


@pytest.fixture
def command(stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The gateway's own command; gives its exit code and its lines."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", stack.environment["TEMPORAL_ADDRESS"])

    async def run(*arguments: str) -> tuple[int, list[str]]:
        code = await tools.parked.main(arguments)
        return code, capsys.readouterr().out.splitlines()

    return run


async def given_up(stack: Stack, brand_id: str) -> str:
    """Have core be away for longer than a delivery is retried, which is a day."""
    candidate = await stack.core.accepted(Owner(), brand_id=brand_id)
    await stack.phone.fault("core.decisions", match=candidate["id"], status=503)
    run = stack.run_of(candidate["id"])
    await run.signal("decide", {"operator": "ann", "decision": "approved"})

    async def retrying() -> str | None:
        return next((name for name, attempt in (await pending_activities(run)).items() if attempt > 1), None)

    await change_timeout(stack.client, run, await until(retrying), "schedule_to_close_timeout", timedelta(seconds=1))
    await stack.core.until_callback(candidate["id"], "parked")
    return str(candidate["id"])


async def temporal(stack: Stack, *arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *(TEMPORAL, *arguments, "--address", stack.environment["TEMPORAL_ADDRESS"]),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), timeout=30)
    assert process.returncode == 0, output.decode()
    return output.decode()


async def until_listed(command: Command, brand_id: str, count: int) -> list[list[str]]:
    """Wait until the command lists so many of a brand; searches lag behind."""

    async def listed() -> list[list[str]] | None:
        code, (_, *lines) = await command("--brand", brand_id)
        assert code == 0, lines
        return [line.split("\t") for line in lines] if len(lines) == count else None

    return await until(listed)


@pytest.fixture
def brand() -> str:
    return f"b_{uuid4().hex[:10]}"


async def test_parked_decisions_are_listed_with_the_reason_and_retried_one_by_one(
    stack: Stack, brand: str, command: Command
) -> None:
    first, second = sorted(await asyncio.gather(parked(stack, brand), given_up(stack, brand)))
    rows = await until_listed(command, brand, 2)
    assert [row[:3] for row in rows] == [[first, brand, "approved"], [second, brand, "approved"]]
    assert {row[5] for row in rows} == {"CallbackRefused: core answered 410", "retried for a day in vain"}
    assert all(row[3] <= row[4] for row in rows), "it was decided before it was parked"

    await stack.phone.heal()
    assert await command("retry", first) == (0, [f"{first}: will be delivered again"])

    assert len(await until_decided(stack, first)) == 1
    assert await stack.phone.decisions(second) == []
    code, lines = await command("retry", first, "cr_nobody_knows")
    assert (code, sorted(lines)) == (
        1,
        [f"{first}: not parked, but delivered", "cr_nobody_knows: unknown, or ended"],
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


async def test_what_core_refuses_again_is_parked_again(stack: Stack, brand: str, command: Command) -> None:
    candidate_id = await parked(stack, brand)
    await command("retry", candidate_id)

    async def refused_twice() -> bool:
        return len(await stack.phone.attempts("core.decisions", contains=candidate_id)) == 2

    await until(refused_twice)
    assert (await stack.core.until_callback(candidate_id, "parked"))["state"] == "approved"


@pytest.mark.parametrize(
    "arguments",
    ["retry", "retry cr_1 --all", "list cr_1", "--all", "retry cr_1 --brand b", "retry --all --brand '"],
)
async def test_command_that_is_ambiguous_does_nothing(arguments: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        await tools.parked.main(arguments.split())


async def test_temporal_away_is_said_in_one_line(stack: Stack) -> None:
    nowhere = {**stack.environment, "TEMPORAL_ADDRESS": f"127.0.0.1:{free_port()}"}
    code, output = await run_python("-m", "tools.parked", environment=nowhere)

    assert code == 1
    assert output.startswith("Temporal does not answer: ")
    assert len(output.splitlines()) == 1


async def test_temporals_own_command_retries_all_that_is_parked(stack: Stack, brand: str, command: Command) -> None:
    candidate_ids = await asyncio.gather(*(parked(stack, brand) for _ in range(3)))
    await until_listed(command, brand, 3)
    await stack.phone.heal()

    await temporal(
        stack,
        *("workflow", "signal", "--name", "retry_callback", "--reason", "core is back", "--yes"),
        *("--query", f"CallbackState = 'parked' AND ExecutionStatus = 'Running' AND BrandId = '{brand}'"),
    )

    for candidate_id in candidate_ids:
        assert len(await until_decided(stack, candidate_id)) == 1


async def test_delivery_that_waits_for_its_next_attempt_is_hurried_by_temporals_own_command(
    stack: Stack, brand: str
) -> None:
    candidate = await stack.core.accepted(Owner(), brand_id=brand)
    postponed = {"status": 503, "headers": {"Retry-After": "900"}, "times": 1}
    await stack.phone.fault("core.decisions", match=candidate["id"], **postponed)
    run = stack.run_of(candidate["id"])
    await run.signal("decide", {"operator": "ann", "decision": "approved"})

    async def waits() -> str | None:
        return next((name for name, attempt in (await pending_activities(run)).items() if attempt == 2), None)

    activity_id = await until(waits)
    await temporal(stack, "activity", "reset", "--workflow-id", run.id, "--activity-id", activity_id)

    assert len(await until_decided(stack, candidate["id"])) == 1


async def until_decided(stack: Stack, candidate_id: str) -> list[dict[str, Any]]:
    await stack.phone.until_decided(candidate_id)
    await stack.core.until_callback(candidate_id, "delivered")
    return await stack.phone.decisions(candidate_id)
