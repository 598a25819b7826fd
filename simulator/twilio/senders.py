"""Twilio's Senders API for the account's one sender, after twilio-oai and Twilio's docs."""

import hashlib
from http import HTTPStatus
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, ValidationError

from simulator.settings import SimulatorSettings
from simulator.twilio import errors
from simulator.twilio.credentials import authenticate
from simulator.twilio.errors import TwilioError
from simulator.twilio.states import TwilioStates

_UNSET = "#rc=3&rp=5xx,ct,rt"


class SenderWebhook(BaseModel):
    """The URLs for owners' messages, for those if the first URL fails, and for status reports.

    A message that names a URL for its reports uses that one.
    """

    model_config = ConfigDict(extra="forbid")

    callback_url: str | None = None
    callback_method: Literal["POST", "PUT"] | None = None
    fallback_url: str | None = None
    fallback_method: Literal["POST", "PUT"] | None = None
    status_callback_url: str | None = None
    status_callback_method: str | None = None


class SenderChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    friendly_name: None = None
    configuration: None = None
    webhook: SenderWebhook
    profile: None = None


class Senders:
    """The one sender and its webhook, which is the gateway's until another is set."""

    def __init__(self, settings: SimulatorSettings, states: TwilioStates) -> None:
        self.webhook: SenderWebhook | None = None
        self._settings = settings
        self._states = states

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/twilio/v2/Channels/Senders")
        router.add_api_route("", self.list_page, methods=["GET"])
        router.add_api_route("/{sid}", self.fetch, methods=["GET"])
        router.add_api_route("/{sid}", self.update, methods=["POST"])
        return router

    async def list_page(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        if request.query_params.get("Channel") != "whatsapp":
            return errors.invalid_parameter("Channel").response()
        url = str(request.url)
        meta = {"page": 0, "page_size": 50, "first_page_url": url, "previous_page_url": None, "url": url}
        return JSONResponse({"senders": [self._resource()], "meta": {**meta, "next_page_url": None, "key": "senders"}})

    async def fetch(self, request: Request, sid: str) -> Response:
        return self._refused(request, sid) or JSONResponse(self._resource())

    async def update(self, request: Request, sid: str) -> Response:
        """Replaces the whole webhook.

        Twilio does not document whether it keeps the fields that a request leaves out.
        """
        if refused := self._refused(request, sid):
            return refused
        try:
            self.webhook = SenderChange.model_validate_json(await request.body()).webhook
        except ValidationError as error:
            return errors.invalid_parameter(error.errors(include_url=False)[0]["msg"]).response()
        return JSONResponse(self._resource(), HTTPStatus.ACCEPTED)

    def _refused(self, request: Request, sid: str | None = None) -> Response | None:
        try:
            authenticate(request, self._settings)
        except TwilioError as error:
            return error.response()
        if sid not in {None, self._resource()["sid"]}:
            return errors.not_found(request.url.path.removeprefix("/twilio")).response()
        return None

    def _webhook(self) -> SenderWebhook:
        told = self._states.current.webhook
        if told is not None:
            return SenderWebhook(callback_url=told)
        return self.webhook or SenderWebhook(callback_url=self._settings.signed_url(f"/webhooks/whatsapp{_UNSET}"))

    def _resource(self) -> dict[str, Any]:
        address = self._states.current.sender or self._settings.twilio_wa_number
        sid = "XE" + hashlib.md5(address.encode(), usedforsecurity=False).hexdigest()
        return {
            "sid": sid,
            "sender_id": address,
            "status": self._states.current.sender_status,
            "configuration": {"waba_id": "12345678912345", "verification_method": None, "voice_application_sid": None},
            "webhook": self._webhook().model_dump(),
            "profile": None,
            "properties": None,
            "offline_reasons": None,
            "compliance": None,
            "url": f"https://messaging.twilio.com/v2/Channels/Senders/{sid}",
        }
