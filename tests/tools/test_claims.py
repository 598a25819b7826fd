"""The role that a key needs for each command, as docs/security.md lists it."""

import json
from collections.abc import AsyncIterator

import pytest

from tests.harness.authorizer import Authorizer, authorizing, by_key
from tests.harness.phone import Owner
from tests.harness.processes import run_python
from tests.harness.stack import Stack

ROLES = ["read", "write", "admin"]


@pytest.fixture
async def authorizer(stack: Stack) -> AsyncIterator[Authorizer]:
    """Runs an authorizer with one key for each role, named after the role."""
    claims = {role: f"default:{role}" for role in ROLES}
    async with authorizing(stack.environment["TEMPORAL_ADDRESS"], claims) as authorizer:
        yield authorizer


async def run(stack: Stack, authorizer: Authorizer, role: str, command: str, **changes: str) -> tuple[int, str]:
    environment = {**stack.environment, **by_key(authorizer, role), **changes}
    return await run_python("-m", *command.split(), environment=environment)


async def test_each_command_works_with_the_least_role_and_is_refused_in_one_line_without_it(
    stack: Stack, authorizer: Authorizer
) -> None:
    candidate_id = (await stack.core.accepted(Owner()))["id"]
    commands = {
        "tools.candidates list": "read",
        f"tools.candidates show {candidate_id}": "read",
        f"tools.candidates ask-again {candidate_id} --operator ann": "write",
        f"tools.candidates decide {candidate_id} approved --operator ann": "write",
        "tools.setup_temporal": "admin",
    }
    for command, role in commands.items():
        for lesser in ROLES[: ROLES.index(role)]:
            code, said = await run(stack, authorizer, lesser, command)
            assert (command, code, len(said.splitlines())) == (command, 1, 1), said
            assert "Request unauthorized" in said
        code, said = await run(stack, authorizer, role, command)
        assert (command, code) == (command, 0), said


async def test_only_an_administrator_creates_a_namespace(stack: Stack, authorizer: Authorizer) -> None:
    authorizer.claims["founder"] = "founded:admin"

    code, said = await run(stack, authorizer, "founder", "tools.setup_temporal", TEMPORAL_NAMESPACE="founded")

    assert code == 0, said


async def test_doctor_finds_the_same_with_a_key_that_only_reads(stack: Stack, authorizer: Authorizer) -> None:
    by_reading, by_writing = [await findings_of_temporal(stack, authorizer, role) for role in ("read", "write")]

    assert by_reading == by_writing
    assert by_reading["temporal.search_attributes"] == "ok"


async def findings_of_temporal(stack: Stack, authorizer: Authorizer, role: str) -> dict[str, str]:
    """Returns the health of each check, except whether the key can write."""
    _, said = await run(stack, authorizer, role, "tools.doctor --json")
    found = {finding["check"]: finding["health"] for finding in json.loads(said)["findings"]}
    return {check: found[check] for check in found if check.startswith("temporal.") and check != "temporal.key"}
