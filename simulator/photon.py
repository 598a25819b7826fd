"""The iMessage sidecar's interface."""

from http import HTTPStatus
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError

from simulator.faults import Faults
from simulator.json_body import content_of, fields_of, refusal
from simulator.reception import Reception, Result
from simulator.world import Attempt, Message, World


class Subscription(BaseModel):
    url: str = Field(alias="webhookUrl", min_length=1)
    headers: dict[str, str] = Field(alias="webhookHeaders", default={})


class Outgoing(BaseModel):
    recipient: str = Field(min_length=1)
    text: str = Field(min_length=1)


class Photon:
    """The iMessage sidecar; it forgets its subscription whenever it restarts."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.subscription: Subscription | None = None
        self._world = world
        self._reception = Reception(world, faults, refusal)

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/photon")
        router.add_api_route("/send", self.send, methods=["POST"])
        router.add_api_route("/watch/start", self.watch, methods=["POST"])
        router.add_api_route("/health", self.health, methods=["GET"])
        return router

    async def send(self, request: Request) -> Response:
        body = await request.body()
        fields = fields_of(body)
        attempt = Attempt(
            target="photon.send",
            to=str(fields.get("recipient", "")),
            text=str(fields.get("text", "")),
            body=body.decode(errors="replace"),
        )
        return await self._reception.answer(request, attempt, content_of(fields), lambda: self._accept(fields))

    def _accept(self, fields: dict[str, object]) -> Result:
        try:
            outgoing = Outgoing.model_validate(fields)
        except ValidationError:
            return Result(JSONResponse({"error": "recipient and text are required"}, HTTPStatus.BAD_REQUEST))
        message = Message(
            id=str(uuid4()),
            channel="imessage",
            address=outgoing.recipient,
            direction="in",
            text=outgoing.text,
        )
        self._world.add_message(message)
        return Result(JSONResponse({"status": "sent"}), message.id)

    async def watch(self, request: Request) -> Response:
        body = await request.body()
        fields = fields_of(body)
        attempt = Attempt(target="photon.watch", to=str(fields.get("webhookUrl", "")), text="")
        return await self._reception.answer(request, attempt, content_of(fields), lambda: self._subscribe(fields))

    def _subscribe(self, fields: dict[str, object]) -> Result:
        try:
            subscription = Subscription.model_validate(fields)
        except ValidationError:
            return Result(JSONResponse({"error": "webhookUrl is required"}, HTTPStatus.BAD_REQUEST))
        if self.subscription:
            return Result(JSONResponse({"status": "already_watching"}))
        self.subscription = subscription
        return Result(JSONResponse({"status": "started"}))

    async def health(self) -> dict[str, str]:
        return {"status": "ok"}
