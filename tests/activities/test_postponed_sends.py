"""Sends that certainly did not go out are retried, and arrive once."""

import asyncio
from typing import Any

import pytest

from tests.harness.accepting import accepted_alone
from tests.harness.operator import until_retried
from tests.harness.phone import Owner, Phone
from tests.harness.processes import free_port, until
from tests.harness.skipping import skipping_gateway
from tests.harness.stack import Stack, environment, simulator_process

pytestmark = pytest.mark.faults

NO_DATABASE: dict[str, Any] = {"status": 503, "body": '{"error": "Failed to open database: not authorized"}'}
PASSING = [
    *((400, code) for code in (20429, 21611, 30001, 63017, 63018, 63038)),
    (401, 20003),  # a rotated token
    (403, 20005),
    (404, 20404),
    (400, 63007),  # a suspended sender
    (400, 21655),  # a deleted template
    (400, 63001),
    (400, 99999),  # an unknown code
]
"""Twilio's answers to requests that can succeed later, or after an operator's fix."""


async def test_what_certainly_was_not_sent_is_tried_again_and_arrives_once(stack: Stack, owner: Owner) -> None:
    await stack.phone.fault("twilio.messages", match=owner.whatsapp, times=2, status=429, headers={"Retry-After": "2"})
    await stack.phone.fault("photon.send", match=owner.imessage, times=1, **NO_DATABASE)
    candidate = await stack.core.accepted(owner)

    for channel, tries in (("whatsapp", 3), ("imessage", 2)):
        await stack.phone.until_prompted(channel, candidate["id"])
        assert len(await stack.phone.prompt_attempts(channel, candidate["id"])) == tries
    first, second, third = [a["at"] for a in await stack.phone.prompt_attempts("whatsapp", candidate["id"])]
    assert min(second - first, third - second) >= 2
    await stack.phone.says("whatsapp", owner, f"skip {candidate['id']}")
    await stack.phone.until_message("imessage", owner, "Skipped on WhatsApp")
    assert len(await stack.phone.prompts("whatsapp", candidate["id"])) == 1
    assert len(await stack.phone.prompts("imessage", candidate["id"])) == 1


async def test_provider_that_cannot_be_reached_is_tried_until_it_is_back(owner: Owner) -> None:
    twilio = f"http://127.0.0.1:{free_port()}"
    late = simulator_process(environment(SIMULATOR_URL=twilio))
    async with skipping_gateway(TWILIO_API_BASE_URL=f"{twilio}/twilio") as gateway, Phone(twilio) as phone:
        candidate, run = await gateway.accepted(owner)
        await until_retried(run)
        try:
            await late.start()
            await phone.until_prompted("whatsapp", candidate["id"])
        finally:
            await late.kill()


async def test_send_that_waits_for_its_next_attempt_is_given_up_when_the_decision_comes(
    stack: Stack, owner: Owner
) -> None:
    await stack.phone.fault("twilio.messages", match=owner.whatsapp, status=429, headers={"Retry-After": "20"})
    candidate = await stack.core.accepted(owner)
    await stack.phone.until_prompted("imessage", candidate["id"])
    await until(lambda: stack.phone.prompt_attempts("whatsapp", candidate["id"]))
    await stack.phone.says("imessage", owner, f"approve {candidate['id']}")

    await asyncio.wait_for(stack.run_of(candidate["id"]).result(), timeout=15)
    assert len(await stack.phone.attempts("twilio.messages", contains=candidate["id"])) == 1
    assert await stack.phone.texts("whatsapp", owner) == []


async def test_wrong_credentials_are_waited_out_and_operators_see_why(stack: Stack, owner: Owner) -> None:
    await stack.phone.fault("twilio.messages", match=owner.whatsapp, status=401, code=20003)
    await stack.phone.fault("photon.send", match=owner.imessage, status=400)
    candidate = await stack.core.accepted(owner)
    run = stack.run_of(candidate["id"])

    async def failing() -> str | None:
        pending = (await run.describe()).raw_description.pending_activities
        return next((a.last_failure.message for a in pending if a.HasField("last_failure") and a.attempt > 1), None)

    assert await until(failing) == "Twilio answered 401, error 20003: the credentials are wrong"
    assert (await stack.core.candidate(candidate["id"]))["state"] == "new"
    await stack.phone.heal()
    await stack.phone.until_prompted("whatsapp", candidate["id"])


async def test_what_twilio_refuses_for_the_moment_is_tried_again_and_arrives_once(stack: Stack) -> None:
    async def arrives(status: int, code: int) -> None:
        owner = Owner()
        await stack.phone.fault("twilio.messages", match=owner.whatsapp, times=1, status=status, code=code)
        candidate = await accepted_alone(stack, "whatsapp", owner)
        await stack.phone.until_prompted("whatsapp", candidate["id"])
        attempts = await stack.phone.prompt_attempts("whatsapp", candidate["id"])
        assert [attempt["outcome"] for attempt in attempts] == ["refused", "accepted"], code

    await asyncio.gather(*(arrives(*answer) for answer in PASSING))
