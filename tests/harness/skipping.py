"""A gateway whose time a test can skip.

Its worker runs in the test's process, on a Temporal server that skips time. The simulator and
Valkey are the same real ones; only Temporal's timers jump.
"""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Unpack

from temporalio.client import WorkflowHandle
from temporalio.runtime import Runtime
from temporalio.testing import WorkflowEnvironment

from adapters.config.brands import Brands
from adapters.config.settings import Settings
from adapters.temporal import connection as temporal
from adapters.temporal import sdk_metrics
from api.schemas.candidate import CandidateIn
from domain.decision import Decision
from domain.identifiers import approval_workflow_id
from engine.accepting import Accepting
from engine.candidates import Candidates
from engine.clock import EngineClock
from engine.owner_hashes import OwnerHashes
from tests.harness.core import CandidateBody, Changes, draft
from tests.harness.phone import Owner, Phone
from tests.harness.processes import free_port
from tests.harness.stack import (
    PUNCTUAL_TIMERS,
    dynamic_config,
    environment,
    load,
    simulator_process,
    valkey_process,
)
from worker import metrics
from worker.app import serving
from workflows import search_attributes
from workflows.approval import ApprovalWorkflow


@dataclass
class SkippingGateway:
    """`fast_forward` and `with_time_skipping_disabled` of the environment control the time."""

    env: WorkflowEnvironment
    phone: Phone
    settings: Settings
    accepting: Accepting
    candidates: Candidates
    worker_metrics_url: str
    _starting: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Starts one run at a time: all of them share the environment's one switch of time skipping."""

    async def accepted(
        self, owner: Owner, **changes: Unpack[Changes]
    ) -> tuple[CandidateBody, WorkflowHandle[Any, Decision]]:
        """Accepts a candidate with the edge's code; its time stops until it is fast-forwarded."""
        candidate = draft(owner, **changes)
        async with self._starting:
            with self.env.with_time_skipping_disabled():
                await self.accepting.accept(CandidateIn.model_validate(candidate).submission(), datetime.now(UTC))
        return candidate, self.run_of(candidate["id"])

    def run_of(self, candidate_id: str) -> WorkflowHandle[Any, Decision]:
        return self.env.client.get_workflow_handle_for(ApprovalWorkflow.run, approval_workflow_id(candidate_id))


async def skipping_server(keys: Mapping[str, bytes], runtime: Runtime | None = None) -> WorkflowEnvironment:
    """Starts a Temporal server that skips time, with the gateway's search attributes."""
    return await WorkflowEnvironment.start_time_skipping_v2(
        data_converter=temporal.data_converter(keys),
        search_attributes=search_attributes.ALL,
        dev_server_existing_path=shutil.which("temporal", path=str(Path(sys.executable).parent)),
        port=free_port(),
        dev_server_log_level="error",
        runtime=runtime,
        dev_server_extra_args=dynamic_config("frontend.WorkflowTimeSkippingEnabled=true", PUNCTUAL_TIMERS),
    )


@asynccontextmanager
async def skipping_gateway(**changes: str) -> AsyncIterator[SkippingGateway]:
    variables = environment(**changes)
    settings = load(variables)
    measured = sdk_metrics.loopback_runtime(metrics.BUCKETS)
    runtime = measured.runtime
    processes = [valkey_process(variables), simulator_process(variables)]
    try:
        for process in processes:
            await process.start()
        async with (
            await skipping_server(settings.encryption_keys, runtime) as env,
            serving(settings, env.client, runtime.metric_meter),
            Phone(variables["SIMULATOR_URL"]) as phone,
        ):
            brands, allowed = Brands(settings.brands_file, settings.globals), settings.allowed_recipients
            candidates = Candidates(env.client)
            owner_hashes = OwnerHashes(settings.core_secrets)
            clock, has_buttons = EngineClock(), settings.has_buttons
            accepting = Accepting(env.client, candidates, owner_hashes, brands, allowed, clock, has_buttons=has_buttons)
            metrics.begin(runtime.metric_meter, env.client)
            yield SkippingGateway(env, phone, settings, accepting, candidates, measured.url)
    finally:
        for process in processes:
            await process.kill()
