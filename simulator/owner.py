"""The brand's owner, who writes to the gateway."""

import asyncio
from uuid import uuid4

import httpx
from pydantic import BaseModel

from simulator.photon import webhook as imessage_webhook
from simulator.photon.sidecar import Photon
from simulator.reply import OwnerReply, WebhookCall
from simulator.twilio.webhooks import connection, incoming
from simulator.twilio.window import WindowChange, Windows
from simulator.world import ChatMessage, World


class GatewayResponse(BaseModel):
    """The gateway's answer to a webhook, or why there was none."""

    status: int | None
    content_type: str | None = None
    body: str | None = None
    error: str | None = None
    tries: int = 1


class DeliveredReply(BaseModel):
    message_id: str
    responses: list[GatewayResponse]


class NoSuchButtonError(Exception):
    """The quoted message has no such button."""


class NoSuchMessageError(Exception):
    """There is no message to react to."""


_REACTIONS = {
    "like": "Liked",
    "dislike": "Disliked",
    "love": "Loved",
    "laugh": "Laughed at",
    "emphasize": "Emphasized",
    "question": "Questioned",
}
"""The words of an iPhone set to English."""


class SimulatedOwner:
    """The person with the phone; a webhook takes what they write to the gateway."""

    def __init__(
        self,
        webhook: incoming.MessageWebhook,
        world: World,
        windows: Windows,
        photon: Photon,
        http: httpx.AsyncClient,
    ) -> None:
        self._webhook = webhook
        self._world = world
        self._windows = windows
        self._photon = photon
        self._http = http
        self._echoes: set[asyncio.Task[DeliveredReply]] = set()
        photon.on_own_message = self._echo

    async def say(self, reply: OwnerReply) -> DeliveredReply:
        reply = self._reacted(self._tapped(reply))
        if reply.channel == "imessage":
            return await self._say_on_imessage(reply)
        message_id = reply.identified()
        if not self._world.message(message_id):  # a redelivery is not shown again
            self._show(reply, message_id)
        self._windows.change(WindowChange(open=True, address=reply.sender))
        call = self._webhook.call(reply, message_id)
        return DeliveredReply(message_id=message_id, responses=await self._call_all(reply, call))

    async def _say_on_imessage(self, reply: OwnerReply) -> DeliveredReply:
        """Writes to the Mac, which keeps the message with or without a subscriber."""
        mac = self._photon.mac
        message_id = reply.message_id or mac.next_row()
        shown = self._on_this_mac(reply, message_id) or self._show(reply, message_id)
        message = imessage_webhook.message_of(reply, message_id, shown.at)
        mac.receive(message)
        subscription = self._photon.subscription
        if subscription is None:
            return DeliveredReply(
                message_id=message_id, responses=[GatewayResponse(status=None, error="nobody is subscribed")]
            )
        call = imessage_webhook.call(reply, message, subscription)
        return DeliveredReply(message_id=message_id, responses=await self._call_all(reply, call))

    def _on_this_mac(self, reply: OwnerReply, message_id: str) -> ChatMessage | None:
        """Finds a redelivered message; another Mac can have another message in the same row."""
        alike = (message_id, reply.sender, reply.text or "")
        return next(
            (
                m
                for m in self._world.messages
                if (m.id, m.address, m.text) == alike and m.at >= self._photon.mac.began_at
            ),
            None,
        )

    def _echo(self, text: str) -> None:
        """Returns a text that the Mac sent to its own account, as a message of the owner's."""
        account = self._photon.mac.account
        assert account
        echo = asyncio.create_task(self.say(OwnerReply(channel="imessage", sender=account, text=text)))
        self._echoes.add(echo)
        echo.add_done_callback(self._echoes.discard)

    def _tapped(self, reply: OwnerReply) -> OwnerReply:
        """Returns the reply that a tap sends: the button's title as text, its id as payload."""
        if reply.tap is None:
            return reply
        message = self._world.message(reply.quoted or "")
        button = next((b for b in message.buttons if reply.tap in {b.title, b.id}), None) if message else None
        if message is None or button is None:
            raise NoSuchButtonError(f"no button {reply.tap!r} under message {reply.quoted!r}")
        return reply.model_copy(
            update={
                "text": button.title,
                "button_payload": button.id,
                "message_type": "button" if message.is_template else "interactive",
            }
        )

    def _reacted(self, reply: OwnerReply) -> OwnerReply:
        """Returns a tapback with iMessage's text for it, which quotes the whole message."""
        if reply.reaction is None:
            return reply
        message = self._world.message(reply.quoted or "")
        if message is None:
            raise NoSuchMessageError(f"no message {reply.quoted!r}")
        return reply.model_copy(update={"text": f"{_REACTIONS[reply.reaction]} “{message.text}”"})

    def _show(self, reply: OwnerReply, message_id: str) -> ChatMessage:
        message = ChatMessage(
            id=message_id,
            channel=reply.channel,
            address=reply.sender,
            direction="out",
            text=reply.text or "",
            quoted=reply.quoted,
            reaction=reply.reaction,
            num_media=reply.num_media,
        )
        self._world.add_message(message)
        return message

    async def _call_all(self, reply: OwnerReply, call: WebhookCall) -> list[GatewayResponse]:
        if reply.concurrent:
            return await asyncio.gather(*(self._call(reply, call) for _ in range(reply.times)))
        return [await self._call(reply, call) for _ in range(reply.times)]

    async def _call(self, reply: OwnerReply, call: WebhookCall) -> GatewayResponse:
        last = await connection.post(self._http, call)
        response, tries = last.outcome, last.tries
        if isinstance(response, httpx.HTTPError):
            return GatewayResponse(status=None, error=repr(response), tries=tries)
        content_type = response.headers.get("content-type", "")
        if reply.channel == "whatsapp" and response.is_success:
            self._receive(reply.sender, incoming.answers(content_type, response.content))
        return GatewayResponse(status=response.status_code, content_type=content_type, body=response.text, tries=tries)

    def _receive(self, address: str, texts: list[str]) -> None:
        for text in texts:
            message = ChatMessage(id=f"SM{uuid4().hex}", channel="whatsapp", address=address, direction="in", text=text)
            self._world.add_message(message)
