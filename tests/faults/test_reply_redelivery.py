"""The edge or Temporal is down while an owner answers; connection overrides make Twilio retry."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.harness.naming import label
from tests.harness.phone import Owner
from tests.harness.processes import until_clock
from tests.harness.stack import Stack, running_stack

OVERRIDES = "rc=5&rp=5xx,ct,rt&rt=7000"
OUTAGE = timedelta(seconds=7.5)  # longer than the first delivery lasts, whether Twilio or the gateway ends it


@pytest.fixture(scope="module")
async def own_stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    async with running_stack(tmp_path_factory.mktemp("redelivery"), WEBHOOK_OVERRIDES=OVERRIDES) as stack:
        yield stack


@pytest.mark.parametrize("part", ["api", "temporal"])
async def test_reply_during_an_outage_of_seconds_is_taken_when_twilio_delivers_it_again(
    own_stack: Stack, owner: Owner, part: str
) -> None:
    candidate = await own_stack.core.accepted(owner)
    await own_stack.phone.until_prompted("whatsapp", candidate["id"])
    process = getattr(own_stack, part)
    process.freeze()
    said = asyncio.create_task(own_stack.phone.says("whatsapp", owner, f"approve {candidate['id']}"))
    await until_clock(datetime.now(UTC) + OUTAGE)
    process.thaw()

    delivered = await said
    assert delivered.statuses == [200]
    assert delivered.tries[0] > 1
    assert (await own_stack.phone.until_decided(candidate["id"], within=40))["decider"] == owner.whatsapp
    assert delivered.words[0].startswith(f"Got it: post {label(candidate)}")
    assert len(await own_stack.phone.decisions(candidate["id"])) == 1
