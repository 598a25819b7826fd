"""Builds the application of the simulator."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

from simulator.answering.answering import Answering
from simulator.answering.control import AnsweringControl
from simulator.answering.notices import Notices
from simulator.answering.standing_orders import StandingOrders
from simulator.answering.undeliverable import Undeliverable
from simulator.control import Control
from simulator.core_service import CoreService
from simulator.faults import Faults
from simulator.owner import SimulatedOwner
from simulator.photon.sidecar import Photon
from simulator.settings import SimulatorSettings
from simulator.twilio.account import TwilioAccount
from simulator.twilio.api import TwilioApi
from simulator.twilio.content import PostedContent
from simulator.twilio.content_api import ContentApi
from simulator.twilio.kept_contents import KeptContents
from simulator.twilio.message import Writer
from simulator.twilio.senders import Senders
from simulator.twilio.states import TwilioStates
from simulator.twilio.webhooks.incoming import MessageWebhook
from simulator.twilio.webhooks.status import StatusCallbacks
from simulator.twilio.window import Windows
from simulator.world import World

_WEBHOOK_TIMEOUT_SEC = 15  # Twilio's; the sidecar's is unknown


def create_app(
    settings: SimulatorSettings, contents: Sequence[PostedContent], templates: Sequence[PostedContent]
) -> FastAPI:
    """Returns the application; `templates` are the contents that WhatsApp has approved."""
    http = httpx.AsyncClient(timeout=_WEBHOOK_TIMEOUT_SEC, trust_env=False)
    world = World(settings.data)
    faults = Faults()
    callbacks = StatusCallbacks(settings, http)
    orders, notices = StandingOrders(), Notices()
    undeliverable = Undeliverable(orders, notices, world)
    photon = Photon(world, faults, undeliverable)
    windows = Windows()
    states = TwilioStates()
    kept = KeptContents(states, contents, templates)
    senders = Senders(settings, states)
    owner = SimulatedOwner(MessageWebhook(settings, senders), world, windows, photon, http)
    answering = Answering(orders, notices, world, owner)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with http:
            yield
            await answering.stop()
            await callbacks.stop()

    app = FastAPI(title="The outside world of the approval gateway", docs_url=None, redoc_url=None, lifespan=lifespan)
    twilio = TwilioApi(settings, world, faults, Writer(kept, windows, undeliverable), callbacks)
    app.include_router(twilio.router())
    app.include_router(TwilioAccount(settings, states).router())
    app.include_router(ContentApi(settings, states, kept).router())
    app.include_router(senders.router())
    app.include_router(photon.router())
    app.include_router(CoreService(settings, world, faults).router())
    control = Control(
        settings=settings,
        world=world,
        faults=faults,
        windows=windows,
        callbacks=callbacks,
        photon=photon,
        owner=owner,
        states=states,
        contents=kept,
        senders=senders,
        twilio=twilio,
        answering=answering,
    )
    app.include_router(control.router())
    app.include_router(AnsweringControl(answering).router())
    return app
