"""Wires the edge: settings and adapters in, an ASGI application out."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial

import httpx
from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from temporalio.client import Client

from adapters import redis_connection, redis_memory, redis_slots, sdk_metrics, temporal
from adapters.brands import Brands
from adapters.client_limits import ClientLimits
from adapters.payload_encryption import PayloadEncryption
from adapters.redis_chats import RedisChats
from adapters.settings import Settings
from adapters.tracing import Tracing
from adapters.twilio_webhooks import TwilioSignatures, twiml
from api import engine_readings, probes, problems
from api.activity_pages import ActivityPages
from api.approvers import Approvers
from api.candidates import Candidates
from api.client_limit import ClientLimit
from api.codec_origins import CodecOrigins
from api.deliveries import DeliveryReports
from api.gateway import Gateway
from api.histories import Histories
from api.known_methods import KnownMethods
from api.known_senders import KnownSenders
from api.metrics import COUNT_CLIENT, EdgeMetrics
from api.open_prompts import OpenPrompts
from api.owners import Owners
from api.probes import Probe
from api.readings import Reading
from api.replies import Replies
from api.routes import candidates, codec, health, imessage, whatsapp
from api.signalling import Signals
from domain.candidate import Channel

_DESCRIPTION = """Asks a brand's owner on WhatsApp and iMessage to approve drafts, and reports one decision for each.

Press **Authorize** and give the secrets; every example then runs as it stands."""


_NO_TELEMETRY = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""FastAPI's own would trace what strangers send, and export what exceptions say; api/request_traces.py does not."""


def create_app(settings: Settings, tracing: Tracing) -> FastAPI:
    metrics = EdgeMetrics()
    app: FastAPI = FastAPIOffline(
        title="BrandPilot approval gateway",
        description=_DESCRIPTION,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan(settings, metrics, tracing),
        telemetry=_NO_TELEMETRY,
    )
    for routes in (candidates, whatsapp, imessage, health):
        app.include_router(routes.router)
    problems.install(app)
    app.add_middleware(ClientLimit)
    metrics.instrument(app)
    app.add_middleware(KnownMethods)
    if settings.codec_access:
        app.include_router(codec.router)
        app.add_middleware(CodecOrigins, origins=settings.codec_origins)  # the last one added is the first to be asked
    return app


def _lifespan(
    settings: Settings, metrics: EdgeMetrics, tracing: Tracing
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as resources:
            brands = Brands(settings.brands_file, settings.globals)
            resources.push_async_callback(tracing.stop)
            runtime, sdk_url = sdk_metrics.loopback_runtime()
            loopback = await resources.enter_async_context(httpx.AsyncClient(timeout=2, trust_env=False))
            client = await temporal.connect(
                settings.encryption_keys, lazy=True, on=runtime, interceptors=tracing.interceptors
            )
            redis = redis_connection.connect(settings.redis_url.get_secret_value())
            resources.push_async_callback(redis.aclose)
            http = await resources.enter_async_context(httpx.AsyncClient(timeout=2))
            states = {
                "temporal": probes.temporal(client),
                "redis": probes.redis(partial(redis_slots.check, redis)),
                "whatsapp": probes.switch(on=Channel.WHATSAPP in settings.channels),
                "imessage": probes.sidecar(http, settings.photon_base_url),
                "brands_file": probes.stated(brands.state),
            }
            metrics.show(
                partial(sdk_metrics.fetch, loopback, sdk_url),
                Reading(engine_readings.candidates(client)),
                Reading(engine_readings.task_queue(client)),
                Reading(metrics.redis_memory(partial(redis_memory.read, redis))),
            )
            failed = partial(metrics.redis_failed, COUNT_CLIENT)
            clients = ClientLimits(redis, settings.client_requests_per_min, failed)
            chats = RedisChats(redis, metrics.redis_failed)
            app.state.gateway = _gateway(settings, brands, client, clients, chats, states, metrics, tracing)
            yield

    return lifespan


def _gateway(  # noqa: PLR0913, PLR0917  # the collaborators, wired in one place
    settings: Settings,
    brands: Brands,
    client: Client,
    clients: ClientLimits,
    chats: RedisChats,
    states: dict[str, Probe],
    metrics: EdgeMetrics,
    tracing: Tracing,
) -> Gateway:
    owners = Owners(settings.core_secrets)
    approvers = Approvers(brands, settings.allowed_recipients)
    read_candidates = Candidates(client, owners, approvers)
    histories = Histories(client)
    prompts = OpenPrompts(client, owners, read_candidates, histories)
    signals = Signals(client, tracing)
    known = KnownSenders(approvers, prompts.is_known)
    return Gateway(
        candidates=read_candidates,
        activities=ActivityPages(client, settings.core_secrets),
        replies=Replies(client, read_candidates, prompts, histories, signals, known, chats, metrics.quiet),
        deliveries=DeliveryReports(read_candidates, signals, chats),
        core_secrets=settings.core_secrets,
        photon_secrets=settings.photon_secrets,
        clients=clients,
        tracing=tracing,
        codec_secrets=settings.codec_access,
        codec=PayloadEncryption(settings.encryption_keys),
        signatures=TwilioSignatures(settings.twilio_tokens) if settings.twilio_tokens else None,
        twiml=twiml,
        public_base_url=settings.public_base_url,
        clock=_now,
        probes=states,
        metrics=metrics.text,
    )


def _now() -> datetime:
    return datetime.now(UTC)
