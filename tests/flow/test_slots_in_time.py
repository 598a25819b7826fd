"""What happens to a candidate whose slot would be too late."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from domain.candidate import CURRENT_RULES, Approver, Candidate
from domain.channels import Channel
from domain.identifiers import TASK_QUEUE, approval_workflow_id
from tests.domain import examples
from tests.harness.operator import current_details, timers, until_details
from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.skipping import SkippingGateway, skipping_gateway
from workflows.approval import ApprovalWorkflow

pytestmark = pytest.mark.faults

NOT_YET = "WhatsApp: no slot in time yet"
NOT_SENT = "part 1 not sent: no slot is left in time"


@pytest.fixture(scope="module")
async def gateway() -> AsyncIterator[SkippingGateway]:
    """A gateway that allows a brand one prompt in hours."""
    limits = {"WA_BUCKET_CAPACITY": "1", "WA_BUCKET_REFILL_PER_MIN": "0.001"}
    async with skipping_gateway(PHOTON_BASE_URL="", **limits) as gateway:
        yield gateway


async def next_of_busy_brand(gateway: SkippingGateway, rules: int = CURRENT_RULES) -> Candidate:
    """Starts a candidate of a brand that gets no slot within the candidate's ten minutes."""
    first, _ = await gateway.accepted(Owner())
    await gateway.phone.until_prompted("whatsapp", first["id"])
    owner, now = Owner(), datetime.now(UTC)
    candidate = examples.candidate(
        id=f"cr_{owner.number}",
        brand_id=first["brand_id"],
        accepted_at=now,
        deadline=now + timedelta(minutes=10),
        approvers=(Approver(Channel.WHATSAPP, owner.whatsapp.removeprefix("whatsapp:")),),
    )
    candidate = replace(candidate, rules=rules)
    with gateway.env.with_time_skipping_disabled():
        await gateway.env.client.start_workflow(
            ApprovalWorkflow.run, candidate, id=approval_workflow_id(candidate.id), task_queue=TASK_QUEUE
        )
    return candidate


async def until_not_in_time_yet(gateway: SkippingGateway, candidate: Candidate) -> None:
    await until(lambda: timers(gateway.run_of(candidate.id)), lambda summaries: NOT_YET in summaries)


async def test_slot_that_was_not_in_time_is_requested_again_and_found(gateway: SkippingGateway) -> None:
    candidate = await next_of_busy_brand(gateway)
    await until_not_in_time_yet(gateway, candidate)
    async with Redis.from_url(gateway.settings.redis_url.get_secret_value()) as redis:
        await redis.flushall()

    await gateway.env.fast_forward(gateway.run_of(candidate.id), timedelta(seconds=80))

    await gateway.phone.until_prompted("whatsapp", candidate.id)


async def test_slot_is_requested_until_it_would_leave_the_owner_no_time(gateway: SkippingGateway) -> None:
    """It asks less often over time, and never more often than every ten seconds."""
    candidate = await next_of_busy_brand(gateway)
    run = gateway.run_of(candidate.id)
    await until_not_in_time_yet(gateway, candidate)

    await gateway.env.fast_forward(run, timedelta(seconds=500))
    assert NOT_SENT not in await current_details(run)
    await gateway.env.fast_forward(run, timedelta(seconds=60))

    await until_details(gateway.run_of(candidate.id), NOT_SENT)
    assert 10 < (await timers(run)).count(NOT_YET) < 30
    assert await gateway.phone.prompt_attempts("whatsapp", candidate.id) == []


async def test_run_that_began_before_there_were_rules_asks_once(gateway: SkippingGateway) -> None:
    candidate = await next_of_busy_brand(gateway, rules=0)

    await until_details(gateway.run_of(candidate.id), NOT_SENT)

    assert NOT_YET not in await timers(gateway.run_of(candidate.id))


async def test_send_that_lost_its_slot_is_not_given_up_while_time_is_left(
    gateway: SkippingGateway, owner: Owner
) -> None:
    """Another candidate starts while Twilio postpones this one, and takes the last token."""
    postponed = {"headers": {"Retry-After": "60"}, "match": owner.whatsapp}
    await gateway.phone.fault("twilio.messages", status=429, **postponed)
    candidate, run = await gateway.accepted(owner, deadline_sec=600)
    await until(lambda: gateway.phone.prompt_attempts("whatsapp", candidate["id"]))
    async with Redis.from_url(gateway.settings.redis_url.get_secret_value()) as redis:
        await redis.hset(f"slots:{{whatsapp}}:brand:{candidate['brand_id']}", "holder", "somebody else")
        (paid,) = [key async for key in redis.scan_iter(f"*:paid:{candidate['id']}/*")]
        await redis.delete(paid)
        await gateway.phone.heal()
        await gateway.env.fast_forward(run, timedelta(seconds=70))
        assert await gateway.phone.prompts("whatsapp", candidate["id"]) == []
        await redis.flushall()

    await gateway.env.fast_forward(run, timedelta(seconds=150))

    await gateway.phone.until_prompted("whatsapp", candidate["id"])
