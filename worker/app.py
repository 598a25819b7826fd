"""Wires workflows and activities to their adapters, and runs them until told to stop."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import structlog
from temporalio.client import Client
from temporalio.common import AutoUpgradeVersioningOverride, MetricMeter, WorkflowIDConflictPolicy
from temporalio.worker import Worker

from activities.decisions import DecisionActivities
from activities.messages import MessageActivities, Messenger
from activities.slots import SlotActivities
from activities.subscription import SubscriptionActivities
from adapters import redis_connection, redis_slots, temporal
from adapters.brands import Brands
from adapters.core import CoreDecisions
from adapters.metered import MeteredChats, MeteredDecisions, MeteredMessenger, MeteredSidecar, MeteredSlots
from adapters.photon import PhotonSidecar
from adapters.settings import Settings
from adapters.tracing import Tracing, Untraced
from adapters.twilio_messages import TwilioIdentity, TwilioMessages
from domain.candidate import Channel
from domain.identifiers import PHOTON_SUBSCRIPTION_WORKFLOW_ID, TASK_QUEUE
from worker import metrics
from worker.sandbox import sandbox
from worker.tuning import TUNING
from worker.versioning import deployment_config
from workflows.approval import ApprovalWorkflow
from workflows.photon_subscription import PhotonSubscriptionWorkflow
from workflows.reply import ReplyWorkflow

WORKFLOWS = [ApprovalWorkflow, ReplyWorkflow, PhotonSubscriptionWorkflow]

_GRACE = timedelta(seconds=30)
"""Longer than any send takes: a send that a stopping worker cuts off has an unknown outcome."""

_CONNECTIONS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=2)
"""Many servers, the sidecar's among them, close what is idle for five seconds, which is httpx's default too: a request
that is just being sent then would have an unknown outcome."""

log = structlog.get_logger()


async def run(settings: Settings, stop: asyncio.Event, tracing: Tracing) -> None:
    """Serve until `stop` is set; what is running then is finished first."""
    runtime = metrics.serving_runtime(settings.metrics_port)
    connect = partial(
        temporal.connect, settings.encryption_keys, lazy=False, on=runtime, interceptors=tracing.interceptors
    )
    client = await _connect_patiently(connect, stop)
    if client is None:
        return
    metrics.begin(runtime.metric_meter, client)
    async with serving(settings, client, runtime.metric_meter, tracing):
        if Channel.IMESSAGE in settings.channels:
            await _keep_subscribed(client)
        log.info("worker_started", task_queue=TASK_QUEUE, channels=settings.channels, build_id=settings.worker_build_id)
        await stop.wait()
        log.info("worker_stopping")


@asynccontextmanager
async def serving(
    settings: Settings, client: Client, meter: MetricMeter = MetricMeter.noop, tracing: Tracing | None = None
) -> AsyncIterator[None]:
    """Serve every workflow and activity while entered."""
    async with AsyncExitStack() as resources:
        worker = Worker(
            client,
            task_queue=TASK_QUEUE,
            workflows=WORKFLOWS,
            activities=await _activities(settings, resources, meter, tracing or Untraced()),
            deployment_config=deployment_config(settings),
            graceful_shutdown_timeout=_GRACE,
            workflow_runner=sandbox(),
            **TUNING,
        )
        await resources.enter_async_context(worker)
        yield


async def _connect_patiently(connect: Callable[[], Awaitable[Client]], stop: asyncio.Event) -> Client | None:
    """Connect as soon as Temporal answers; None if told to stop before."""
    while not stop.is_set():
        try:
            return await connect()
        except RuntimeError as error:
            log.warning("temporal_unreachable", reason=str(error))
        try:
            await asyncio.wait_for(stop.wait(), timeout=1)
        except TimeoutError:
            continue
    return None


async def _activities(
    settings: Settings, resources: AsyncExitStack, meter: MetricMeter, tracing: Tracing
) -> list[Callable[..., Any]]:
    redis = redis_connection.connect(settings.redis_url.get_secret_value())
    resources.push_async_callback(redis.aclose)
    http = await resources.enter_async_context(httpx.AsyncClient(limits=_CONNECTIONS))
    tracing.follow(http, settings.core_decision_webhook)
    slots = MeteredSlots(redis_slots.RedisSlots(redis, Brands(settings.brands_file, settings.globals)), meter)
    sidecar = _sidecar(settings, http)
    twilio = _twilio(settings, http)
    messengers: dict[Channel, Messenger] = {}
    if twilio:
        messengers[Channel.WHATSAPP] = MeteredMessenger(twilio, "twilio", meter)
    if sidecar:
        messengers[Channel.IMESSAGE] = MeteredMessenger(sidecar, "photon", meter)
    core = CoreDecisions(
        http,
        settings.core_decision_webhook,
        settings.core_decision_webhook_signing_secret.get_secret_value(),
        settings.signing_keys,
    )
    slot_activities = SlotActivities(slots)
    reporting = {Channel.WHATSAPP} if settings.public_base_url else set()
    return [
        slot_activities.ask_for_slot,
        slot_activities.leave_queue,
        MessageActivities(messengers, slots, MeteredChats(redis, meter), reporting).send_message,
        DecisionActivities(MeteredDecisions(core, meter)).deliver_decision,
        SubscriptionActivities(MeteredSidecar(sidecar, meter) if sidecar else None).renew_subscription,
    ]


def _twilio(settings: Settings, http: httpx.AsyncClient) -> TwilioMessages | None:
    if not (settings.twilio_account_sid and settings.twilio_auth_token and settings.twilio_wa_number):
        return None
    account = TwilioIdentity(
        settings.twilio_account_sid,
        settings.twilio_tokens,
        settings.twilio_wa_number,
        settings.twilio_content_sid,
        settings.public_base_url,
    )
    return TwilioMessages(http, settings.twilio_api_base_url, account)


def _sidecar(settings: Settings, http: httpx.AsyncClient) -> PhotonSidecar | None:
    if not settings.photon_base_url:
        return None
    return PhotonSidecar(http, settings.photon_base_url, settings.imessage_webhook_url, settings.photon_secrets[0])


async def _keep_subscribed(client: Client) -> None:
    """Give the duty to the one workflow that has it, unless it runs already.

    It never ends: pinned, it would keep its first version's workers for ever.
    """
    await client.start_workflow(
        PhotonSubscriptionWorkflow.run,
        id=PHOTON_SUBSCRIPTION_WORKFLOW_ID,
        task_queue=TASK_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        versioning_override=AutoUpgradeVersioningOverride(),
        static_summary="keeps the sidecar's subscription alive",
    )
