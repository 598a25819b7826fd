"""tools/seed_candidate.py: candidates for a first look."""

import asyncio
import re

from tests.harness.processes import free_port, run_python
from tests.harness.stack import CORE_SECRET, Stack


async def seed(*arguments: str) -> tuple[int, str]:
    return await run_python("tools/seed_candidate.py", *arguments, environment={})


async def test_seeding_prints_what_was_accepted_and_what_to_do_next(stack: Stack) -> None:
    code, output = await seed(
        "--url", stack.gateway_url, "--secret", CORE_SECRET, "--count", "3", "--brand", "b_seeded"
    )

    ids = re.findall(r"^(cr_demo_\d+_\d): accepted for whatsapp, imessage$", output, re.MULTILINE)
    assert code == 0
    assert len(set(ids)) == 3
    assert "What to do next" in output
    assert "brand_id=b_seeded" in output
    for candidate_id in ids:
        assert (await stack.core.candidate(candidate_id))["brand_id"] == "b_seeded"
        accepted = await (await stack.run_of(candidate_id).describe()).memo_value("candidate")
        assert accepted["source_text"]
        assert accepted["source_author"]


async def test_failed_seeding_prints_the_reason_in_one_line(stack: Stack) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"

    refused, unreachable = await asyncio.gather(
        seed("--url", stack.gateway_url, "--secret", "wrong"), seed("--url", nowhere, "--secret", CORE_SECRET)
    )

    for code, output in (refused, unreachable):
        assert code == 1
        assert len(output.splitlines()) == 1
    assert "401" in refused[1]
    assert nowhere in unreachable[1]
    assert "make dev" in unreachable[1]
