"""A message about a candidate is sent unless Temporal knows that the candidate is decided."""

from engine.decided import DecidedCandidates
from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.stack import Stack


async def test_candidate_is_decided_once_its_decision_is_recorded(stack: Stack, owner: Owner) -> None:
    candidates, candidate_id = DecidedCandidates(stack.client), (await stack.core.accepted(owner))["id"]

    assert not await candidates.is_decided("cr_unknown")
    await stack.phone.until_prompted("whatsapp", candidate_id)
    assert not await candidates.is_decided(candidate_id)
    await stack.phone.says("whatsapp", owner, f"approve {candidate_id}")
    await until(lambda: candidates.is_decided(candidate_id))
