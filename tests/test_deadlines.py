"""Deadlines, with time skipped."""

from datetime import timedelta

from domain.decision import Outcome
from tests.harness.phone import Owner
from tests.harness.skipping import SkippingGateway


async def test_candidate_expires_at_its_deadline_and_no_earlier(skipping: SkippingGateway, owner: Owner) -> None:
    candidate, run = await skipping.accepted(owner, deadline_sec=3600)
    await skipping.phone.until_prompted("whatsapp", candidate["id"])

    await skipping.env.fast_forward(run, timedelta(seconds=3590))
    assert await skipping.phone.decisions(candidate["id"]) == []
    await skipping.env.fast_forward(run, timedelta(seconds=20))

    decision = await run.result()
    assert (decision.outcome, decision.decider) == (Outcome.EXPIRED, "system:timeout")
    assert timedelta(seconds=3590) < decision.latency < timedelta(seconds=3610)
