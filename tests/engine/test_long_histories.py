"""A run with a long history only gets what might decide it, because Temporal ends a full one."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from adapters.redis.chats import RedisChats
from adapters.tracing.tracing import Untraced
from domain.channels import Channel
from domain.conversation.numbers import number_of
from domain.reading.owners_message import OwnersMessage
from domain.sending.status_reports import StatusReport
from engine.candidates import Candidates
from engine.signaling import Signals
from engine.status_reports import StatusReports
from engine.withdrawing import Withdrawing
from tests.harness.asking import asked
from tests.harness.chats import chat_of, memories
from tests.harness.operator import signals
from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.replying import replies_of
from tests.harness.stack import Stack

MANY = 5
"""Fewer events than a candidate has after its prompt."""


@dataclass(frozen=True)
class Edge:
    """An edge for which runs with `MANY` events have long histories."""

    stack: Stack
    chats: RedisChats
    signals: Signals

    async def takes(self, owner: Owner, text: str) -> tuple[str, ...]:
        message = OwnersMessage(
            key=f"whatsapp/SM{uuid4().hex}",
            senders=(chat_of(Channel.WHATSAPP, owner),),
            text=text,
            quoted_id=None,
            may_decide=True,
            received_at=datetime.now(UTC),
        )
        return await replies_of(self.stack, self.stack.client, self.chats, self.signals).take(message) or ()

    async def hears(self, candidate_id: str, status: str) -> None:
        reports = StatusReports(Candidates(self.stack.client), self.signals, self.chats)
        await reports.take(candidate_id, "1-1", StatusReport(f"SM{uuid4().hex}", status, "63003"))


@pytest.fixture
async def edge(stack: Stack) -> AsyncIterator[Edge]:
    async with memories(stack) as chats:
        yield Edge(stack, chats, Signals(stack.client, Untraced(), many_events=MANY))


async def test_status_report_is_noted_and_not_signaled(edge: Edge, stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner)
    for status in ("failed", "delivered"):
        await edge.hears(candidate["id"], status)

    assert await signals(stack.run_of(candidate["id"])) == []


async def test_owner_learns_that_a_draft_is_not_shown_again_and_can_decide_it(
    edge: Edge, stack: Stack, owner: Owner
) -> None:
    candidate = await asked(stack, "whatsapp", owner)
    number = number_of(candidate["id"])
    (said,) = await edge.takes(owner, f"more {number}")

    assert "cannot be shown here again" in said
    assert await signals(stack.run_of(candidate["id"])) == []
    await edge.takes(owner, f"approve {candidate['id']}")
    assert (await stack.phone.until_decided(candidate["id"]))["decision"] == "approved"


async def test_stop_is_signaled_only_until_the_run_has_processed_it(edge: Edge, stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner)
    run = stack.run_of(candidate["id"])
    await edge.takes(owner, "stop")
    reader = Candidates(stack.client)
    await until_opted_out(reader, candidate["id"], owner)
    await edge.takes(owner, "stop")

    assert await signals(run) == ["opt_out"]


async def test_core_can_withdraw_a_candidate(edge: Edge, stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner)
    await Withdrawing(Candidates(stack.client), edge.signals).withdraw(candidate["id"])

    assert (await stack.phone.until_decided(candidate["id"]))["decider"] == "core:withdrawn"


async def until_opted_out(candidates: Candidates, candidate_id: str, owner: Owner) -> None:
    senders = [chat_of(Channel.WHATSAPP, owner)]

    async def has_opted_out() -> bool:
        return (await candidates.read(candidate_id)).has_opted_out(senders)

    await until(has_opted_out)
