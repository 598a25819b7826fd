"""Workers are killed in each phase of a candidate; replies and deadlines occur meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Unpack

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle

from domain.decision import Decision
from tests.harness.core import CandidateBody, Changes
from tests.harness.operator import change_timeout, current_details, pending_activities, timers, until_details
from tests.harness.phone import Owner
from tests.harness.processes import until, until_clock
from tests.harness.stack import Stack, running_stack

SPACING = 16
DEADLINE = 60
JITTER = 1
"""Seconds of tolerance, because the phone records when a message arrives, not its slot."""


@dataclass
class KilledCandidate:
    """One candidate of the run that all tests of this module share."""

    stack: Stack
    owner: Owner
    candidate: CandidateBody

    @property
    def id(self) -> str:
        return self.candidate["id"]

    @property
    def run(self) -> WorkflowHandle[Any, Decision]:
        return self.stack.run_of(self.id)


async def begin(stack: Stack, owner: Owner | None = None, **changes: Unpack[Changes]) -> KilledCandidate:
    owner = owner or Owner()
    return KilledCandidate(stack, owner, await stack.core.accepted(owner, **changes))


@dataclass
class Killed:
    """What was under way when the worker was killed.

    The worker was started again after the short deadline had passed.
    """

    stack: Stack
    queued: KilledCandidate
    sending: KilledCandidate
    asked: KilledCandidate
    reporting: KilledCandidate
    late: KilledCandidate
    in_time: KilledCandidate
    cancelled: KilledCandidate


@pytest.fixture(scope="module")
async def killed(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Killed]:
    folder = tmp_path_factory.mktemp("kills")
    async with running_stack(folder, MIN_SPACING_SEC=str(SPACING)) as stack:
        yield await kill_worker_in_every_phase(stack)


async def kill_worker_in_every_phase(stack: Stack) -> Killed:
    phone = stack.phone
    asked, reporting = await asyncio.gather(begin(stack, brand_id="b_queue"), begin(stack))
    await asyncio.gather(*(phone.until_prompted("whatsapp", life.id) for life in (asked, reporting)))
    late, in_time = await asyncio.gather(begin(stack, deadline_sec=15), begin(stack, deadline_sec=15))
    queued = await begin(stack, brand_id="b_queue", deadline_sec=120)
    await asyncio.gather(*(phone.until_prompted("whatsapp", life.id) for life in (late, in_time)))

    await phone.fault("core.decisions", match=reporting.id, times=1, accept=True, delay_sec=5)
    await phone.says("whatsapp", reporting.owner, f"approve {reporting.id}")
    owner = Owner()
    await phone.fault("twilio.messages", match=owner.whatsapp, times=1, accept=True, delay_sec=5)
    sending = await begin(stack, owner, deadline_sec=DEADLINE)

    async def all_under_way() -> bool:
        waits = (await current_details(queued.run)).count("waiting for a slot") == 2
        return bool(waits and await phone.prompts("whatsapp", sending.id) and await phone.decisions(reporting.id))

    await until(all_under_way)
    await stack.worker.kill()
    for life in (sending, reporting):  # so that Temporal detects the lost worker sooner
        for activity_id in await pending_activities(life.run):
            await change_timeout(stack.client, life.run, activity_id, "start_to_close_timeout", timedelta(seconds=8))
    await phone.says("whatsapp", asked.owner, f"edit {asked.id}: while nobody worked")
    await phone.says("imessage", in_time.owner, f"approve {in_time.id}")
    cancelled = await begin(stack)
    await cancelled.run.cancel()
    await until_clock(datetime.fromisoformat((await stack.core.candidate(late.id))["deadline"]))
    await stack.worker.start()
    return Killed(stack, queued, sending, asked, reporting, late, in_time, cancelled)


async def ended(life: KilledCandidate) -> tuple[str, str]:
    """Returns the only decision, once the run has ended."""
    decision = await asyncio.wait_for(life.run.result(), timeout=60)
    assert (await life.run.describe()).status is WorkflowExecutionStatus.COMPLETED
    assert {d["decider"] for d in await life.stack.phone.decisions(life.id)} == {decision.decider}
    return decision.outcome, decision.decider


async def prompts(life: KilledCandidate) -> tuple[int, int]:
    """Counts the prompts that arrived on WhatsApp and on iMessage."""
    whatsapp = await life.stack.phone.prompts("whatsapp", life.id)
    return len(whatsapp), len(await life.stack.phone.prompts("imessage", life.id))


async def test_reply_while_no_worker_ran_takes_effect(killed: Killed) -> None:
    life = killed.asked

    assert await ended(life) == ("edited", life.owner.whatsapp)
    assert (await life.stack.phone.until_decided(life.id))["final_text"] == "while nobody worked"
    assert await prompts(life) == (1, 1)


async def test_deadline_that_passed_while_no_worker_ran_expires_the_candidate(killed: Killed) -> None:
    assert await ended(killed.late) == ("expired", "system:timeout")
    assert await prompts(killed.late) == (1, 1)
    await killed.stack.phone.until_message("whatsapp", killed.late.owner, "without an answer: ")


async def test_reply_before_a_deadline_counts_though_it_is_read_after_it(killed: Killed) -> None:
    assert await ended(killed.in_time) == ("approved", f"imessage:{killed.in_time.owner.imessage}")


async def test_candidate_cancelled_before_any_worker_saw_it_expires_unasked(killed: Killed) -> None:
    assert await ended(killed.cancelled) == ("expired", "operator:cancelled")
    assert await prompts(killed.cancelled) == (0, 0)


async def test_candidate_that_waited_for_its_slot_gets_it_in_time_and_once(killed: Killed) -> None:
    life, before = killed.queued, killed.asked
    first = await life.stack.phone.until_prompted("whatsapp", before.id)
    second = await life.stack.phone.until_prompted("whatsapp", life.id, within=40)
    await life.stack.phone.until_prompted("imessage", life.id)

    assert second["at"] - first["at"] >= SPACING - JITTER
    await life.stack.phone.says("whatsapp", life.owner, f"skip {life.id}")
    assert await ended(life) == ("rejected", life.owner.whatsapp)
    assert await prompts(life) == (1, 1)


async def test_interrupted_send_is_settled_by_a_status_report_that_arrived_while_no_worker_ran(killed: Killed) -> None:
    life = killed.sending
    await until_details(life.run, "**WhatsApp**: asked")
    assert await timers(life.run) == ["deadline"]
    await life.stack.phone.says("whatsapp", life.owner, f"approve {life.id}")
    assert await ended(life) == ("approved", life.owner.whatsapp)
    assert await prompts(life) == (1, 1)


async def test_interrupted_callback_is_delivered_again_with_the_same_id(killed: Killed) -> None:
    life = killed.reporting

    assert await ended(life) == ("approved", life.owner.whatsapp)
    first, again = await life.stack.phone.decisions(life.id)
    assert first["webhook_id"] == again["webhook_id"]
    assert await prompts(life) == (1, 1)
