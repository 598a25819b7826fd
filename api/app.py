"""Builds the edge's ASGI application from settings and adapters."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime
from functools import partial

import structlog
from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from temporalio.client import Client

from adapters.config.brands import Brands
from adapters.config.settings import Settings
from adapters.http import client as http_client
from adapters.redis import client_limits
from adapters.redis import connection as redis_connection
from adapters.redis import health as redis_health
from adapters.redis import slots as redis_slots
from adapters.redis.chats import RedisChats
from adapters.redis.client_limits import ClientLimits
from adapters.redis.gateway_texts import GatewayTexts
from adapters.redis.hints import RedisHints
from adapters.temporal import connection as temporal
from adapters.temporal import sdk_metrics, tls_files
from adapters.temporal.payload_encryption import PayloadEncryption
from adapters.temporal.sdk_metrics import ServedRuntime
from adapters.tracing.tracing import Tracing
from adapters.twilio.forms import TwilioForms
from adapters.twilio.webhooks import TwilioSignatures, twiml
from api import decision_webhook, documentation, errors
from api.gateway import Gateway
from api.health import engine_readings, probes
from api.health.metrics import COUNT_CLIENT, EdgeMetrics
from api.health.probes import Probe
from api.health.readings import Reading
from api.health.sidecar_replies import SidecarReplies
from api.http import open_files
from api.http.client_limit import ClientLimit
from api.http.codec_origins import CodecOrigins
from api.http.head import HeadAsGet
from api.http.known_methods import KnownMethods
from api.routes import candidates, codec, health, imessage, whatsapp
from domain.candidate import Approver
from domain.channels import Channel
from domain.errors import RedisMisconfiguredError
from domain.reading import tapbacks
from engine.accepting import Accepting
from engine.candidate_list import CandidatePages
from engine.candidates import Candidates
from engine.clock import EngineClock, own_clock
from engine.endings import Endings
from engine.health_check import HealthCheck
from engine.owner_hashes import OwnerHashes
from engine.replies.replies import Replies
from engine.signaling import Signals
from engine.standing import STANDING
from engine.status_reports import StatusReports
from engine.waiting import Waiting
from engine.withdrawing import Withdrawing

log = structlog.get_logger()

_NO_CHANNEL = f"{probes.OFF}, and so is every channel: each candidate is refused (422)"

_MOST_WAITING = 2000
"""Requests that wait for a decision, at about 40 KiB each (docs/performance.md)."""

_NO_TELEMETRY = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""FastAPI's own telemetry would trace unauthenticated requests, and export exception messages.

api/http/request_traces.py does neither.
"""


def create_app(
    settings: Settings,
    tracing: Tracing,
    own_clock: Callable[[], datetime] = own_clock,
    runtime: ServedRuntime | None = None,
    has_polled: Callable[[], bool] = lambda: True,
) -> FastAPI:
    """Returns the application.

    With a `runtime` shared by the process, the application serves that runtime's metrics next to
    its own. `has_polled` says whether a worker in the same process is ready.
    """
    metrics, clock = EdgeMetrics(), EngineClock(own_clock)
    app: FastAPI = FastAPIOffline(
        title="BrandPilot approval gateway",
        description=documentation.DESCRIPTION,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan(settings, metrics, clock, tracing, runtime, has_polled),
        telemetry=_NO_TELEMETRY,
    )
    for routes in (candidates, whatsapp, imessage, health):
        app.include_router(routes.router)
    app.webhooks.include_router(decision_webhook.webhooks)
    documentation.shape(app)
    errors.install(app)
    app.add_middleware(HeadAsGet)
    app.add_middleware(ClientLimit)
    metrics.instrument(app)
    app.add_middleware(KnownMethods)
    if settings.codec_access:
        app.include_router(codec.router)
        app.add_middleware(CodecOrigins, origins=settings.codec_origins)  # the last one added runs first
    return app


def _lifespan(  # noqa: PLR0913, PLR0917  # what the application is made of
    settings: Settings,
    metrics: EdgeMetrics,
    clock: EngineClock,
    tracing: Tracing,
    shared: ServedRuntime | None,
    has_polled: Callable[[], bool],
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as resources:
            tapbacks.prepare()
            await _refuse_cluster(settings)
            brands = Brands(settings.brands_file, settings.globals)
            resources.enter_context(brands.followed())
            resources.push_async_callback(tracing.stop)
            sdk = shared or sdk_metrics.loopback_runtime()
            metrics.count_redis_errors(sdk.runtime.metric_meter)
            STANDING.count_by(sdk.runtime.metric_meter)
            STANDING.explain = temporal.explanation(sdk.runtime)
            loopback = await resources.enter_async_context(http_client.client(timeout=2))
            client = await temporal.connect(
                settings.encryption_keys, lazy=True, on=sdk.runtime, interceptors=tracing.interceptors
            )
            health = STANDING.check_health = HealthCheck(client)
            redis = redis_connection.connect(settings.redis_url.get_secret_value())
            resources.push_async_callback(redis.aclose)
            http = await resources.enter_async_context(http_client.client(timeout=2, sidecar=settings.photon_base_url))
            sidecar_replies = SidecarReplies(clock.now)
            states = {
                "temporal": probes.temporal(client, health),
                "client_certificate": probes.stated(_client_certificate()),
                "redis": probes.redis(partial(redis_slots.check, redis)),
                "client_limit": probes.client_limit(partial(client_limits.check, redis)),
                "whatsapp": probes.switch(on=Channel.WHATSAPP in settings.channels),
                "imessage": probes.sidecar(http, settings.photon_base_url, sidecar_replies),
                **_without_any_channel(settings),
                "brands_file": probes.stated(brands.state),
                "clock": probes.stated(lambda: clock.problem or probes.OK),
            }
            metrics.show(
                partial(sdk_metrics.fetch, loopback, sdk.url),
                Reading(engine_readings.candidates(client)),
                Reading(engine_readings.ended(Endings(client), clock.now)),
                Reading(engine_readings.task_queue(client, clock.now)),
                Reading(engine_readings.skew(clock)),
                Reading(metrics.redis_memory(partial(redis_health.read_memory, redis))),
                Reading(metrics.vanished_brands(brands.vanished)),
            )
            failed = partial(metrics.redis_failed, COUNT_CLIENT)
            clients = ClientLimits(redis, settings.client_requests_per_min, failed)
            gateway_texts = GatewayTexts(redis, settings.core_secrets[0])
            chats = RedisChats(redis, metrics.redis_failed)
            read_candidates = Candidates(client)
            places = _places(open_files.raise_limit())
            waiting = Waiting(read_candidates.read, places, metrics.waited)
            metrics.show_waiting(lambda: waiting.count, places)
            # It occupies a connection permanently, so it gets its own pool.
            following = redis_connection.connect(settings.redis_url.get_secret_value())
            resources.push_async_callback(following.aclose)
            await resources.enter_async_context(waiting.woken_by(RedisHints(following, metrics.redis_failed)))
            app.state.gateway = _gateway(
                settings,
                brands,
                client,
                read_candidates,
                waiting,
                clients,
                clock,
                chats,
                states,
                metrics,
                tracing,
                sidecar_replies,
                gateway_texts,
                has_polled,
            )
            yield

    return lifespan


def _client_certificate() -> Callable[[], str]:
    """Returns the state of the certificate that this process uses; newer files need a restart."""
    valid = tls_files.validity(temporal.configuration().get("tls"))
    return lambda: (valid.warning or probes.OK) if valid else probes.OFF


async def _refuse_cluster(settings: Settings) -> None:
    """Ends the process before it serves; inside uvicorn, the error would print a traceback."""
    try:
        await redis_connection.refuse_cluster(settings.redis_url.get_secret_value())
    except RedisMisconfiguredError as error:
        temporal.refuse(error)


def _gateway(  # noqa: PLR0913, PLR0917  # all collaborators are wired here
    settings: Settings,
    brands: Brands,
    client: Client,
    read_candidates: Candidates,
    waiting: Waiting,
    clients: ClientLimits,
    clock: EngineClock,
    chats: RedisChats,
    states: dict[str, Probe],
    metrics: EdgeMetrics,
    tracing: Tracing,
    sidecar_replies: SidecarReplies,
    gateway_texts: GatewayTexts,
    has_polled: Callable[[], bool],
) -> Gateway:
    owner_hashes = OwnerHashes(settings.core_secrets)
    signals = Signals(client, tracing)
    return Gateway(
        accepting=Accepting(
            client,
            read_candidates,
            owner_hashes,
            brands,
            settings.allowed_recipients,
            clock,
            has_buttons=settings.has_buttons,
        ),
        withdrawing=Withdrawing(read_candidates, signals),
        candidates=read_candidates,
        waiting=waiting,
        endings=Endings(client),
        candidate_pages=CandidatePages(client, settings.core_secrets),
        replies=Replies(
            client,
            read_candidates,
            owner_hashes,
            brands,
            signals,
            chats,
            clock,
            metrics,
        ),
        status_reports=StatusReports(read_candidates, signals, chats),
        core_secrets=settings.core_secrets,
        photon_secrets=settings.photon_secrets,
        sidecar_replies=sidecar_replies,
        echoes=gateway_texts,
        request_quota=clients,
        request_traces=tracing,
        codec_secrets=settings.codec_access,
        codec=PayloadEncryption(settings.encryption_keys),
        signatures=TwilioSignatures(settings.twilio_tokens) if settings.twilio_tokens else None,
        forms=_forms(settings),
        twiml=twiml,
        public_base_url=settings.public_base_url,
        clock=clock.now,
        probes=states,
        was_well=probes.once(probes.with_worker(states[probes.VITAL], has_polled)),
        metrics=metrics.text,
    )


def _places(open_files: int) -> int:
    """Returns how many requests can wait at once.

    Each takes a connection; half of the connections stay free for other requests.
    """
    return min(_MOST_WAITING, open_files // 2)


def _without_any_channel(settings: Settings) -> dict[str, Probe]:
    """Logs, and shows at /readyz, that no channel is on and no candidate can be accepted."""
    if settings.channels:
        return {}
    log.warning("no_channel_enabled", needs="TWILIO_ACCOUNT_SID or PHOTON_BASE_URL")
    return {channel: probes.stated(lambda: _NO_CHANNEL) for channel in Channel}


def _forms(settings: Settings) -> TwilioForms | None:
    if settings.twilio_account_sid and settings.twilio_wa_number:
        return TwilioForms(settings.twilio_account_sid, Approver.read(Channel.WHATSAPP, settings.twilio_wa_number))
    return None
