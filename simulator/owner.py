"""The brand owner, who writes to the gateway."""

import asyncio
from uuid import uuid4

import httpx
from pydantic import BaseModel

from simulator import connection, imessage_webhook, whatsapp_webhook
from simulator.photon import Photon
from simulator.reply import Delivery, Reply
from simulator.settings import Settings
from simulator.window import WindowChange, Windows
from simulator.world import Message, World


class GatewayResponse(BaseModel):
    """What the gateway answered a webhook, or why it could not be delivered."""

    status: int | None
    content_type: str | None = None
    body: str | None = None
    error: str | None = None
    tries: int = 1


class Said(BaseModel):
    message_id: str
    responses: list[GatewayResponse]


class NoSuchButtonError(Exception):
    """The quoted message has no such button."""


class Owner:
    """Whoever holds the phone: what they write shows there, and reaches the gateway by webhook."""

    def __init__(
        self, settings: Settings, world: World, windows: Windows, photon: Photon, http: httpx.AsyncClient
    ) -> None:
        self._settings = settings
        self._world = world
        self._windows = windows
        self._photon = photon
        self._http = http

    async def say(self, reply: Reply) -> Said:
        reply = self._tapped(reply)
        message_id = reply.identified()
        self._show(reply, message_id)
        if reply.channel == "whatsapp":
            self._windows.change(WindowChange(open=True, address=reply.sender))
            delivery = whatsapp_webhook.delivery(reply, message_id, self._settings)
        elif self._photon.subscription:
            delivery = imessage_webhook.delivery(reply, message_id, self._photon.subscription)
        else:
            return Said(message_id=message_id, responses=[GatewayResponse(status=None, error="nobody is subscribed")])
        return Said(message_id=message_id, responses=await self._deliver_all(reply, delivery))

    def _tapped(self, reply: Reply) -> Reply:
        """Return what a tap sends: the button's title as text, its id as payload."""
        if reply.tap is None:
            return reply
        message = self._world.message(reply.quoted or "")
        button = next((b for b in message.buttons if reply.tap in {b.title, b.id}), None) if message else None
        if button is None:
            raise NoSuchButtonError(f"no button {reply.tap!r} under message {reply.quoted!r}")
        return reply.model_copy(
            update={"text": button.title, "button_payload": button.id, "message_type": "button"},
        )

    def _show(self, reply: Reply, message_id: str) -> None:
        if self._world.message(message_id):
            return  # delivered again, not written again
        message = Message(
            id=message_id,
            channel=reply.channel,
            address=reply.sender,
            direction="out",
            text=reply.text,
            quoted=reply.quoted,
            num_media=reply.num_media,
        )
        self._world.add_message(message)

    async def _deliver_all(self, reply: Reply, delivery: Delivery) -> list[GatewayResponse]:
        if reply.concurrent:
            return await asyncio.gather(*(self._deliver(reply, delivery) for _ in range(reply.times)))
        return [await self._deliver(reply, delivery) for _ in range(reply.times)]

    async def _deliver(self, reply: Reply, delivery: Delivery) -> GatewayResponse:
        delivered = await connection.deliver(self._http, delivery)
        response, tries = delivered.outcome, delivered.tries
        if isinstance(response, httpx.HTTPError):
            return GatewayResponse(status=None, error=repr(response), tries=tries)
        content_type = response.headers.get("content-type", "")
        if reply.channel == "whatsapp" and response.is_success:
            self._receive(reply.sender, whatsapp_webhook.answers(content_type, response.content))
        return GatewayResponse(status=response.status_code, content_type=content_type, body=response.text, tries=tries)

    def _receive(self, address: str, texts: list[str]) -> None:
        for text in texts:
            message = Message(id=f"SM{uuid4().hex}", channel="whatsapp", address=address, direction="in", text=text)
            self._world.add_message(message)
