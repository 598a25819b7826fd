"""GET /candidate returns a candidate's state."""

import asyncio
from datetime import datetime, timedelta

import pytest

from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.stack import Stack
from workflows.approval import ApprovalWorkflow
from workflows.signals import Reply


async def test_unknown_candidate_is_not_found(stack: Stack) -> None:
    response = await stack.core.http.get("/candidate/cr_never_posted")

    assert response.status_code == 404
    assert "cr_never_posted" in response.json()["detail"]


@pytest.mark.parametrize("candidate_id", ["a%20b", "a'b", "x" * 129, "..%2Fcr_1", "%00"])
async def test_id_that_no_candidate_can_have_is_refused(stack: Stack, candidate_id: str) -> None:
    assert (await stack.core.http.get(f"/candidate/{candidate_id}")).status_code in {404, 422}


async def test_candidate_is_new_until_its_prompt_is_out(stack: Stack, owner: Owner) -> None:
    await stack.phone.fault("twilio.messages", status=429, code=20429, headers={"Retry-After": "0"})
    await stack.phone.fault("photon.send", status=503, body='{"error": "Failed to open database"}')
    candidate = await stack.core.accepted(owner, deadline_sec=60)
    await until(lambda: stack.phone.attempts("twilio.messages", candidate["id"]))
    before = await stack.core.candidate(candidate["id"])
    await stack.phone.heal()
    after = await stack.core.until_state(candidate["id"], "prompted")

    assert (before["state"], before["callback"], before["decision"]) == ("new", None, None)
    assert (after["callback"], after["channels"]) == (None, ["whatsapp", "imessage"])
    created_at = datetime.fromisoformat(after["created_at"])
    assert datetime.fromisoformat(after["deadline"]) - created_at == timedelta(seconds=60)


async def test_each_outcome_is_a_state_with_its_decision(stack: Stack) -> None:
    words = {"approved": "approve {}", "edited": "edit {}: mine", "rejected": "skip {}", "expired": None}

    async def live(outcome: str, reply: str | None) -> None:
        owner = Owner()
        candidate = await stack.core.accepted(owner)
        await stack.core.until_state(candidate["id"], "prompted")
        if reply:
            await stack.phone.says("whatsapp", owner, reply.format(candidate["id"]))
        else:
            await stack.run_of(candidate["id"]).signal("withdraw", {"operator": "ann"})

        entry = await stack.core.until_state(candidate["id"], outcome)

        final_text = {"approved": candidate["proposed_text"], "edited": "mine"}.get(outcome)
        assert (entry["decision"], entry["final_text"]) == (outcome, final_text)
        assert entry["decider"] == (owner.whatsapp if reply else "operator:ann")
        assert entry["via"] == ("whatsapp" if reply else "operator")
        assert (entry["note"], entry["reason"], entry["source_ref"]) == (None, None, candidate["source_ref"])
        assert entry["latency_ms"] >= 0
        assert entry["decided_at"] is not None
        await stack.core.until_callback(candidate["id"], "delivered")

    await asyncio.gather(*(live(outcome, reply) for outcome, reply in words.items()))


async def test_what_the_owner_told_the_agent_is_shown(stack: Stack, owner: Owner) -> None:
    candidate = await stack.core.accepted(owner)
    await stack.core.until_state(candidate["id"], "prompted")

    reply = Reply("whatsapp/1", owner.whatsapp, "rejected", note="shorter, no emoji")
    await stack.run_of(candidate["id"]).signal(ApprovalWorkflow.reply, reply)

    entry = await stack.core.until_state(candidate["id"], "rejected")
    assert (entry["note"], entry["via"]) == ("shorter, no emoji", "whatsapp")
