"""Wires workflows and activities to their adapters, and runs them until stopped."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

import httpx
import structlog
from temporalio.client import Client
from temporalio.common import MetricMeter
from temporalio.runtime import Runtime
from temporalio.worker import Worker

from activities.decisions import DecisionActivities
from activities.messages import MessageActivities, MessageFinder, Messenger
from activities.receipt_handover import ReceiptActivities
from activities.replacing import ReplacingActivities
from activities.slots import SlotActivities
from activities.subscription import SubscriptionActivities
from adapters.config.brands import Brands
from adapters.config.settings import Settings
from adapters.core import CoreDecisions
from adapters.http import client as http_client
from adapters.metered import (
    MeteredChats,
    MeteredDecisions,
    MeteredFinder,
    MeteredHints,
    MeteredMessenger,
    MeteredSidecar,
    MeteredSlots,
)
from adapters.photon.sidecar import PhotonSidecar, PhotonSubscription
from adapters.redis import connection as redis_connection
from adapters.redis import slots as redis_slots
from adapters.redis.gateway_texts import GatewayTexts
from adapters.temporal import connection as temporal
from adapters.tracing.tracing import Tracing, Untraced
from adapters.twilio.messages import TwilioIdentity, TwilioMessages
from domain.channels import Channel
from domain.identifiers import TASK_QUEUE
from engine.candidates import Candidates
from engine.decided import DecidedCandidates
from engine.predecessors import EnginePredecessors
from engine.receipt_inboxes import EngineReceiptInboxes
from engine.signaling import Signals
from engine.standing import STANDING
from worker import metrics, patience
from worker.readiness import Readiness
from worker.sandbox import sandbox
from worker.subscription import kept_subscribed
from worker.tuning import TUNING
from worker.versioning import deployment_config
from workflows.approval import ApprovalWorkflow
from workflows.photon_subscription import PhotonSubscriptionWorkflow
from workflows.receipts import ReceiptsWorkflow
from workflows.reply import ReplyWorkflow

WORKFLOWS = [ApprovalWorkflow, ReplyWorkflow, PhotonSubscriptionWorkflow, ReceiptsWorkflow]

GRACE = max(channel.traits.send_timeout for channel in Channel)
"""The longest time that a send takes.

A send that a stopping worker cuts off has an unknown outcome.
"""

_CONNECTIONS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=2)
"""Connections close after two idle seconds.

Many servers, the sidecar's among them, close idle connections after five seconds, which is also
httpx's default. A request sent at that moment would have an unknown outcome.
"""

log = structlog.get_logger()


async def run(settings: Settings, stop: asyncio.Event, tracing: Tracing) -> None:
    """Runs until `stop` is set, then finishes what is running. Raises MisconfiguredError."""
    await redis_connection.refuse_cluster(settings.redis_url.get_secret_value())
    readiness = Readiness()
    async with metrics.served(settings.hosts, settings.metrics_port, readiness.answer) as runtime:
        await work(settings, stop, tracing, runtime, readiness)


async def work(
    settings: Settings, stop: asyncio.Event, tracing: Tracing, runtime: Runtime, readiness: Readiness
) -> None:
    """Runs like `run`, on a runtime whose metrics and readiness are served elsewhere."""
    connect = partial(
        temporal.connect,
        settings.encryption_keys,
        lazy=False,
        on=runtime,
        interceptors=tracing.interceptors,
        identity=readiness.identity,
    )
    STANDING.count_by(runtime.metric_meter)
    STANDING.explain = temporal.explanation(runtime)
    is_proven = False
    while client := await patience.served_client(connect, stop, is_proven=is_proven):
        is_proven = True
        metrics.begin(runtime.metric_meter, client)
        serving_task = asyncio.create_task(_serve(settings, client, stop, runtime.metric_meter, tracing))
        async with readiness.followed(client), patience.watched(client):
            if not await patience.was_refused(serving_task):
                return
        await patience.pause(stop)


async def _serve(settings: Settings, client: Client, stop: asyncio.Event, meter: MetricMeter, tracing: Tracing) -> None:
    is_on_imessage = Channel.IMESSAGE in settings.channels
    async with serving(settings, client, meter, tracing), kept_subscribed(client, on=is_on_imessage):
        log.info("worker_started", task_queue=TASK_QUEUE, channels=settings.channels, build_id=settings.worker_build_id)
        await stop.wait()
        log.info("worker_stopping")


@asynccontextmanager
async def serving(
    settings: Settings, client: Client, meter: MetricMeter, tracing: Tracing | None = None
) -> AsyncIterator[None]:
    """Serves every workflow and activity while entered."""
    async with AsyncExitStack() as resources:
        worker = Worker(
            client,
            task_queue=TASK_QUEUE,
            workflows=WORKFLOWS,
            activities=await _activities(settings, client, resources, meter, tracing or Untraced()),
            deployment_config=deployment_config(settings),
            graceful_shutdown_timeout=GRACE,
            workflow_runner=sandbox(),
            **TUNING,
        )
        await resources.enter_async_context(worker)
        yield


async def _activities(
    settings: Settings, client: Client, resources: AsyncExitStack, meter: MetricMeter, tracing: Tracing
) -> list[Callable[..., Any]]:
    redis = redis_connection.connect(settings.redis_url.get_secret_value())
    resources.push_async_callback(redis.aclose)
    http = await resources.enter_async_context(
        http_client.client(limits=_CONNECTIONS, sidecar=settings.photon_base_url)
    )
    tracing.follow(http, settings.core_decision_webhook)
    brands = Brands(settings.brands_file, settings.globals)
    resources.enter_context(brands.followed())
    slots = MeteredSlots(redis_slots.RedisSlots(redis, brands), meter)
    subscription = _subscription(settings, http)
    twilio = _twilio(settings, http)
    messengers: dict[Channel, Messenger] = {}
    finders: dict[Channel, MessageFinder] = {}
    if twilio:
        messengers[Channel.WHATSAPP] = MeteredMessenger(twilio, "twilio", meter)
        finders[Channel.WHATSAPP] = MeteredFinder(twilio, meter)
    if settings.photon_base_url:
        sidecar = PhotonSidecar(http, settings.photon_base_url, GatewayTexts(redis, settings.core_secrets[0]))
        messengers[Channel.IMESSAGE] = MeteredMessenger(sidecar, "photon", meter)
    core = CoreDecisions(
        http,
        settings.core_decision_webhook,
        settings.core_decision_webhook_signing_secret.get_secret_value(),
        settings.signing_keys,
        decision_format=settings.core_decision_webhook_format,
    )
    slot_activities = SlotActivities(slots)
    status_reporting = [channel for channel in Channel if channel.traits.reports_statuses and settings.public_base_url]
    messages = MessageActivities(
        messengers, finders, slots, MeteredChats(redis, meter), DecidedCandidates(client), status_reporting
    )
    inboxes = EngineReceiptInboxes(client, settings.core_secrets[0], tracing)
    return [
        slot_activities.ask_for_slot,
        slot_activities.leave_queue,
        messages.send_message,
        messages.find_messages,
        DecisionActivities(MeteredDecisions(core, meter), MeteredHints(redis, meter)).deliver_decision,
        ReceiptActivities(inboxes).hand_over_receipt,
        ReplacingActivities(EnginePredecessors(Candidates(client), Signals(client, tracing))).take_place,
        SubscriptionActivities(MeteredSidecar(subscription, meter) if subscription else None).renew_subscription,
    ]


def _twilio(settings: Settings, http: httpx.AsyncClient) -> TwilioMessages | None:
    if not (settings.twilio_account_sid and settings.twilio_auth_token and settings.twilio_wa_number):
        return None
    account = TwilioIdentity(
        settings.twilio_account_sid,
        settings.twilio_tokens,
        settings.twilio_wa_number,
        settings.content_sids,
        settings.public_base_url,
    )
    return TwilioMessages(http, settings.twilio_api_base_url, account)


def _subscription(settings: Settings, http: httpx.AsyncClient) -> PhotonSubscription | None:
    if not settings.photon_base_url:
        return None
    return PhotonSubscription(http, settings.photon_base_url, settings.imessage_webhook_url, settings.photon_secrets[0])
