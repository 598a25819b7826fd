"""The brand owner, who writes to the gateway."""

import asyncio
from uuid import uuid4

import httpx
from pydantic import BaseModel

from simulator import imessage_webhook, whatsapp_webhook
from simulator.photon import Photon
from simulator.reply import Delivery, Reply
from simulator.settings import Settings
from simulator.world import Message, World


class GatewayResponse(BaseModel):
    """What the gateway answered a webhook, or why it could not be delivered."""

    status: int | None
    content_type: str | None = None
    body: str | None = None
    error: str | None = None


class Said(BaseModel):
    message_id: str
    responses: list[GatewayResponse]


class Owner:
    """Whoever holds the phone: what they write shows there, and reaches the gateway by webhook."""

    def __init__(self, settings: Settings, world: World, photon: Photon, http: httpx.AsyncClient) -> None:
        self._settings = settings
        self._world = world
        self._photon = photon
        self._http = http

    async def say(self, reply: Reply) -> Said:
        message_id = reply.identified()
        self._show(reply, message_id)
        if reply.channel == "whatsapp":
            delivery = whatsapp_webhook.delivery(reply, message_id, self._settings)
        elif self._photon.subscription:
            delivery = imessage_webhook.delivery(reply, message_id, self._photon.subscription)
        else:
            return Said(message_id=message_id, responses=[GatewayResponse(status=None, error="nobody is subscribed")])
        return Said(message_id=message_id, responses=await self._deliver_all(reply, delivery))

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
        try:
            response = await self._http.post(delivery.url, content=delivery.body, headers=delivery.headers)
        except httpx.HTTPError as error:
            return GatewayResponse(status=None, error=repr(error))
        content_type = response.headers.get("content-type", "")
        if reply.channel == "whatsapp" and response.is_success:
            self._receive(reply.sender, whatsapp_webhook.answers(content_type, response.content))
        return GatewayResponse(status=response.status_code, content_type=content_type, body=response.text)

    def _receive(self, address: str, texts: list[str]) -> None:
        for text in texts:
            message = Message(id=f"SM{uuid4().hex}", channel="whatsapp", address=address, direction="in", text=text)
            self._world.add_message(message)
