"""The iMessage sidecar's HTTP interface."""

from collections.abc import Callable
from http import HTTPStatus
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError

from simulator import json_body
from simulator.answering.undeliverable import Undeliverable
from simulator.faults import Fault, Faults
from simulator.json_body import content_of, fields_of
from simulator.photon.mac import Mac
from simulator.reception import Reception, Result
from simulator.world import Attempt, ChatMessage, World

_BY_WORDS = {HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE}
_UNAVAILABLE = ("SDK", "database")
"""An error with one of these words has status 503; the error contains the message's text."""


class Subscription(BaseModel):
    url: str = Field(alias="webhookUrl", min_length=1)
    headers: dict[str, str] = Field(alias="webhookHeaders", default={})


class Outgoing(BaseModel):
    recipient: str = Field(min_length=1)
    text: str = Field(min_length=1)


class Photon:
    """The iMessage sidecar. It forgets its subscription when it restarts."""

    def __init__(self, world: World, faults: Faults, undeliverable: Undeliverable) -> None:
        self.mac = Mac()
        self.subscription: Subscription | None = None
        self.on_own_message: Callable[[str], None] = lambda _: None
        self._world = world
        self._undeliverable = undeliverable
        self._reception = Reception(world, faults, _refusal)
        self._permitted = True

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/photon")
        router.add_api_route("/send", self.send, methods=["POST"])
        router.add_api_route("/watch/start", self.watch, methods=["POST"])
        router.add_api_route("/messages/unread", self.unread, methods=["GET"])
        router.add_api_route("/health", self.health, methods=["GET"])
        return router

    def restart(self) -> None:
        self.subscription = None

    def permit(self, *, granted: bool) -> None:
        """Grants or withdraws the Mac's permission; without it every connection breaks."""
        self._permitted = granted
        if not granted:
            self.subscription = None

    def move(self) -> None:
        """Moves the sidecar to another Mac, whose database counts from 1."""
        self.mac = Mac(account=self.mac.account)
        self.subscription = None

    async def send(self, request: Request) -> Response:
        body = await request.body()
        fields = fields_of(body)
        attempt = Attempt(
            target="photon.send",
            to=str(fields.get("recipient", "")),
            text=str(fields.get("text", "")),
            body=body.decode(errors="replace"),
        )
        if not self._permitted:
            self._world.add_attempt(attempt)
            return _dead(request)
        return await self._reception.answer(request, attempt, content_of(fields), lambda: self._accept(fields))

    def _accept(self, fields: dict[str, object]) -> Result:
        try:
            outgoing = Outgoing.model_validate(fields)
        except ValidationError:
            return Result(JSONResponse({"error": "recipient and text are required"}, HTTPStatus.BAD_REQUEST))
        message = ChatMessage(
            id=str(uuid4()),
            channel="imessage",
            address=outgoing.recipient,
            direction="in",
            text=outgoing.text,
        )
        if self._undeliverable.refuses(message):
            return Result(JSONResponse({"error": "the recipient is not on iMessage"}, HTTPStatus.BAD_REQUEST))
        self._world.add_message(message)
        self.mac.next_row()
        if outgoing.recipient == self.mac.account:
            self.on_own_message(outgoing.text)
        return Result(JSONResponse({"status": "sent"}), message.id)

    async def watch(self, request: Request) -> Response:
        body = await request.body()
        fields = fields_of(body)
        attempt = Attempt(target="photon.watch", to=str(fields.get("webhookUrl", "")), text="")
        if not self._permitted:
            return _dead(request)
        return await self._reception.answer(request, attempt, content_of(fields), lambda: self._subscribe(fields))

    def _subscribe(self, fields: dict[str, object]) -> Result:
        """Starts a subscription; one to the same URL keeps its old headers."""
        try:
            subscription = Subscription.model_validate(fields)
        except ValidationError:
            return Result(JSONResponse({"error": "webhookUrl is required"}, HTTPStatus.BAD_REQUEST))
        if self.subscription and self.subscription.url == subscription.url:
            return Result(JSONResponse({"status": "already_watching"}))
        self.subscription = subscription
        return Result(JSONResponse({"status": "started"}))

    async def unread(self, request: Request) -> Response:
        """Lists the messages on this Mac that nobody has read there."""
        if not self._permitted:
            return _dead(request)
        return JSONResponse({"count": len(self.mac.unread), "messages": self.mac.unread})

    async def health(self, request: Request) -> Response:
        return JSONResponse({"status": "ok"}) if self._permitted else _dead(request)


def _refusal(fault: Fault, attempt: Attempt) -> Response:
    """Returns the bridge's error for a send: the text is in it, and its words set the status."""
    if attempt.target != "photon.send" or fault.body is not None or fault.status not in _BY_WORDS:
        return json_body.refusal(fault, attempt)
    error = f"Failed to send to {attempt.to}: {attempt.text}: simulated fault"
    is_unavailable = any(word.lower() in error.lower() for word in _UNAVAILABLE)
    status = HTTPStatus.SERVICE_UNAVAILABLE if is_unavailable else HTTPStatus.INTERNAL_SERVER_ERROR
    return JSONResponse({"error": error}, status)


def _dead(request: Request) -> Response:
    request.state.transport.abort()
    return Response()  # nobody reads it
