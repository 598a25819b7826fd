"""Breaks things while core posts, repairs them, waits for all ends, and reads the evidence."""

import asyncio
import os
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError

from domain.identifiers import approval_workflow_id
from domain.temporal_names import SignalName, WorkflowType
from tests.chaos.breaches import Evidence
from tests.chaos.faults import end_harm, harm
from tests.chaos.histories import read_answers, read_lives
from tests.chaos.ledger import Ledger
from tests.chaos.line import Line
from tests.chaos.load import PostingLoad
from tests.chaos.outages import Outages
from tests.chaos.outside import look_outside
from tests.chaos.owners import Owners
from tests.chaos.plan import Plan
from tests.chaos.plugs import Plugs
from tests.harness import stack
from tests.harness.core import Core
from tests.harness.phone import Phone
from tests.harness.processes import Process, until

_NAMESPACE = f"chaos-{os.getpid()}"
"""Unique, because a worker left over from another run might find Temporal at this run's port."""

_LONGEST_END = 240
"""Seconds from the last deadline until every run has ended.

An iMessage whose worker was lost takes 70 s, and a callback waits for its next attempt.
"""

_LONGEST_TELLING = 240
"""Seconds from an owner's last message; a chat can be owed many answers, one every ten seconds."""

_LONGEST_REDELIVERY = 90
"""Seconds from the end of all faults or the last deadline; the subscription can take 30 s."""


async def run(plan: Plan, folder: Path) -> Evidence:
    """Runs the plan, and returns the evidence for the reconciliation."""
    settings, ledger = stack.environment(**plan.environment, TEMPORAL_NAMESPACE=_NAMESPACE), Ledger()
    lines = {channel: Line(int(settings["SIMULATOR_URL"].rpartition(":")[2])) for channel in ("whatsapp", "imessage")}
    settings["TWILIO_API_BASE_URL"] = f"http://127.0.0.1:{lines['whatsapp'].port}/twilio"
    settings["PHOTON_BASE_URL"] = f"http://127.0.0.1:{lines['imessage'].port}/photon"
    limits = {"CALLS_PER_SEC": str(plan.calls_per_sec)}
    limited = {"temporal": stack.temporal_process({**settings, **limits}, folder)} if plan.limited else {}
    async with (
        _while(*(line.run() for line in lines.values())),
        _killed_at_the_end(limited.values()),
        _running(settings, folder, standalone=plan.standalone) as processes,
        Core(settings["PUBLIC_BASE_URL"], stack.CORE_SECRET) as core,
        Phone(settings["SIMULATOR_URL"]) as phone,
    ):
        load, owners = PostingLoad(plan, core, ledger), Owners(plan, phone, ledger)
        plugs, outages = Plugs(plan, processes, ledger, limited), Outages(plan, phone, lines, ledger)
        async with _while(plugs.mind(), owners.run()):
            async with _while(load.run(), plugs.run(), harm(plan, phone, ledger), outages.run()):
                await asyncio.sleep(plan.seconds)
            await plugs.finish()
            await outages.finish()
            await end_harm(phone)
            await asyncio.wait_for(load.finish(), _LONGEST_REDELIVERY)
            client = await Client.connect(
                settings["TEMPORAL_ADDRESS"], namespace=_NAMESPACE, data_converter=pydantic_data_converter
            )
            await _until_ended(client, ledger, plan.deadline_of_the_patient + _LONGEST_END)
            await owners.finish(plan.deadline_of_the_patient + _LONGEST_REDELIVERY)
            await _until_told(client)
            lives, answers = await read_lives(client), await read_answers(client)
            return Evidence(plan, ledger, lives, await look_outside(phone), answers)


@asynccontextmanager
async def _running(settings: dict[str, str], folder: Path, *, standalone: bool) -> AsyncIterator[dict[str, Process]]:
    """Runs two workers and one of every other process; the folder has all that outlives a kill."""
    gateway = {
        "api": stack.api_process(settings),
        "worker 1": stack.worker_process(settings),
        "worker 2": stack.worker_process(settings),
    }
    processes = {
        "temporal": stack.temporal_process(settings, folder),
        "valkey": stack.valkey_process(settings),
        "simulator": stack.simulator_process(settings, folder),
        **({"standalone": stack.standalone_process(settings)} if standalone else gateway),
    }
    async with AsyncExitStack() as ends:
        for name, process in processes.items():
            ends.push_async_callback(process.kill)
            await process.start()
            if name == "temporal":
                await stack.register_search_attributes(settings)
        yield processes


@asynccontextmanager
async def _killed_at_the_end(processes: Iterable[Process]) -> AsyncIterator[None]:
    try:
        yield
    finally:
        for process in processes:
            await process.kill()


@asynccontextmanager
async def _while(*actors: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs actors while entered; raises an actor's unexpected error."""
    acting = [asyncio.create_task(actor) for actor in actors]
    try:
        yield
    finally:
        for task in acting:
            task.cancel()
        for ended in await asyncio.gather(*acting, return_exceptions=True):
            if not isinstance(ended, asyncio.CancelledError) and isinstance(ended, BaseException):
                raise ended


async def _until_told(client: Client) -> None:
    """Waits until no chat is owed a receipt or answer; the reconciliation reports missing ones."""
    telling = f"WorkflowType IN ('{WorkflowType.RECEIPTS}', '{WorkflowType.REPLY}') AND ExecutionStatus = 'Running'"

    async def all_told() -> bool:
        return (await client.count_workflows(telling)).count == 0

    with suppress(AssertionError):
        await until(all_told, within=_LONGEST_TELLING, every=1)


async def _until_ended(client: Client, ledger: Ledger, within: float) -> None:
    """Waits until every run has ended, and retries parked callbacks.

    The reconciliation reports runs that do not end.
    """
    running = {approval_workflow_id(posted.id) for posted in ledger.accepted}

    async def all_ended() -> bool:
        for workflow_id in sorted(running):
            handle = client.get_workflow_handle(workflow_id)
            try:
                description = await handle.describe()
            except RPCError:  # the reconciliation reports it as lost
                running.discard(workflow_id)
                continue
            if description.status is not WorkflowExecutionStatus.RUNNING:
                running.discard(workflow_id)
            elif description.search_attributes.get("CallbackState") == ["parked"]:
                await handle.signal(SignalName.RETRY_CALLBACK)
        return not running

    try:
        await until(all_ended, within=within, every=1)
    except AssertionError:
        return
