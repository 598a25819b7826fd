"""Core as the receiver of decisions."""

import secrets
from http import HTTPStatus
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from standardwebhooks import Webhook, WebhookVerificationError

from simulator.faults import Faults
from simulator.json_body import content_of, fields_of, refusal
from simulator.reception import Reception, Result
from simulator.settings import SimulatorSettings
from simulator.world import AcceptedDecision, Attempt, World

_CandidateId = Annotated[str, Field(pattern=r"^(?!\.{1,2}$)[A-Za-z0-9_.-]{1,128}$")]
_DECIDER = (
    r"^(whatsapp:(\+[1-9]\d{6,14}|[A-Z]{2}\.[A-Za-z0-9]+)|imessage:\S+|system:(timeout|undeliverable|overtaken)"
    r"|core:(withdrawn|replaced)|operator:.+)$"
)


class StrictCallback(BaseModel):
    """A decision in the form `strict`: these fields and no others."""

    model_config = ConfigDict(extra="forbid", strict=True, regex_engine="python-re")

    id: _CandidateId
    decision: Literal["approved", "edited", "rejected", "expired"]
    final_text: Annotated[str, Field(min_length=1, max_length=3000)] | None
    decider: str = Field(pattern=_DECIDER)
    latency_ms: int = Field(ge=0)

    @model_validator(mode="after")
    def _text_belongs_to_what_is_posted(self) -> Self:
        if (self.final_text is not None) != (self.decision in {"approved", "edited"}):
            raise ValueError("final_text is set if and only if the decision is approved or edited")
        return self


class ExtendedCallback(StrictCallback):
    """A decision in the form `extended`."""

    brand_id: str | None
    source_ref: str | None
    via: Literal["whatsapp", "imessage", "page", "link", "operator", "core", "system"]
    note: Annotated[str, Field(min_length=1, max_length=500)] | None
    reason: Annotated[str, Field(min_length=1)] | None


_CALLBACK: TypeAdapter[StrictCallback] = TypeAdapter(StrictCallback | ExtendedCallback)


class CoreService:
    """Core's webhook. It verifies, validates and records decisions."""

    def __init__(self, settings: SimulatorSettings, world: World, faults: Faults) -> None:
        self._secret = settings.core_decision_webhook_signing_secret.get_secret_value()
        keys = settings.core_decision_webhook_signing_key.get_secret_value()
        self._webhooks = [Webhook(key.strip()) for key in keys.split(",") if key.strip()]
        self._world = world
        self._reception = Reception(world, faults, refusal)

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/core")
        router.add_api_route("/decisions", self.decide, methods=["POST"])
        return router

    async def decide(self, request: Request) -> Response:
        body = await request.body()
        fields = fields_of(body)
        attempt = Attempt(
            target="core.decisions",
            to=str(fields.get("id", "")),
            text=str(fields.get("final_text") or ""),
            headers=dict(request.headers),
            body=body.decode(errors="replace"),
        )
        return await self._reception.answer(request, attempt, content_of(fields), lambda: self._accept(request, body))

    def _accept(self, request: Request, body: bytes) -> Result:
        if not (self._authorized(request) and self._signed(request, body)):
            return Result(JSONResponse({"error": "unauthorized"}, HTTPStatus.UNAUTHORIZED))
        try:
            callback = _CALLBACK.validate_json(body)
        except ValidationError as error:
            return Result(JSONResponse({"error": str(error)}, HTTPStatus.UNPROCESSABLE_ENTITY))
        decision = AcceptedDecision(
            **callback.model_dump(),
            webhook_id=request.headers.get("webhook-id"),
            webhook_timestamp=request.headers.get("webhook-timestamp"),
            attempt=1 + self._world.times_decided(callback.id),
        )
        self._world.add_decision(decision)
        return Result(JSONResponse({"status": "ok"}), callback.id)

    def _authorized(self, request: Request) -> bool:
        given = request.headers.get("authorization", "").encode()
        return not self._secret or secrets.compare_digest(given, f"Bearer {self._secret}".encode())

    def _signed(self, request: Request, body: bytes) -> bool:
        headers = dict(request.headers)
        return not self._webhooks or any(_verifies(webhook, body, headers) for webhook in self._webhooks)


def _verifies(webhook: Webhook, body: bytes, headers: dict[str, str]) -> bool:
    try:
        webhook.verify(body, headers, json_parse=False)
    except (WebhookVerificationError, ValueError):  # the library raises ValueError for malformed headers
        return False
    return True
