"""Runs of the candidates' workflow with recording activities, on a time-skipping server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from domain.candidate import CURRENT_RULES, Approver, Candidate
from domain.channels import Channel
from domain.decision import Decision
from domain.identifiers import approval_workflow_id
from tests.domain import examples
from tests.harness.operator import until_details
from tests.harness.recording import RecordingActivities
from worker.app import WORKFLOWS
from worker.sandbox import sandbox
from workflows.approval import ApprovalWorkflow
from workflows.signals import Reply

_KEYS = count(1)


@dataclass(frozen=True)
class SkippedRun:
    """One candidate's run; its time advances only when a test skips it."""

    env: WorkflowEnvironment
    candidate: Candidate
    run: WorkflowHandle[Any, Decision]

    async def passes(self, time: timedelta) -> None:
        """Skips this much of the run's time."""
        await self.env.fast_forward(self.run, time)

    async def until_asked(self, *channels: Channel) -> None:
        for channel in channels or Channel:
            await until_details(self.run, f"**{channel.label}**: asked")

    async def replies(self, approver: Approver, outcome: str | None, **more: str) -> None:
        """Signals an owner's reply, as the edge does."""
        reply = Reply(**{"message_key": f"m{next(_KEYS)}", "sender": str(approver), "outcome": outcome, **more})
        await self.run.signal(ApprovalWorkflow.reply, reply)


@dataclass(frozen=True)
class Lives:
    """Starts runs that share recording activities."""

    env: WorkflowEnvironment
    activities: RecordingActivities
    task_queue: str

    async def begin(self, *, lasts: timedelta = timedelta(minutes=15), **changes: Any) -> SkippedRun:
        now = datetime.now(UTC)
        unique = {"id": f"cr_{uuid4().hex[:10]}", "accepted_at": now, "deadline": now + lasts, "rules": CURRENT_RULES}
        candidate = examples.candidate(**{**unique, **changes})
        with self.env.with_time_skipping_disabled():
            run = await self.env.client.start_workflow(
                ApprovalWorkflow.run, candidate, id=approval_workflow_id(candidate.id), task_queue=self.task_queue
            )
        return SkippedRun(self.env, candidate, run)


@asynccontextmanager
async def living(env: WorkflowEnvironment) -> AsyncIterator[Lives]:
    """Serves the workflows with recording activities, on their own task queue."""
    activities, task_queue = RecordingActivities(), uuid4().hex
    async with Worker(
        env.client,
        task_queue=task_queue,
        workflows=WORKFLOWS,
        activities=activities.all,
        workflow_runner=sandbox(),
    ):
        yield Lives(env, activities, task_queue)
