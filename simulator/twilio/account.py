"""Twilio's Account, Senders and Content resources, as twilio-oai and Twilio's own pages show them; reads only."""

import hashlib
from email.utils import formatdate
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from simulator.settings import Settings
from simulator.twilio import errors
from simulator.twilio.content import Content
from simulator.twilio.credentials import authenticate
from simulator.twilio.errors import TwilioError
from simulator.twilio.resource import API_VERSION

_CREATED = 1_700_000_000


class Standing(BaseModel):
    """How the account, its one sender and its one template stand; what is None is as it should be."""

    model_config = ConfigDict(extra="forbid")

    account_status: Literal["active", "suspended", "closed"] = "active"
    account_type: Literal["Trial", "Full"] = "Full"
    sender: str | None = None
    sender_status: Literal["CREATING", "ONLINE", "OFFLINE", "PENDING_VERIFICATION", "ONLINE:UPDATING"] = "ONLINE"
    webhook: str | None = None
    approval: Literal["unsubmitted", "received", "pending", "approved", "rejected", "paused", "disabled"] = "approved"
    rejection_reason: str = ""
    category: Literal["UTILITY", "MARKETING", "AUTHENTICATION"] = "UTILITY"
    variables: dict[str, str] | None = None


class TwilioAccount:
    """One account; its products share this host, whereas Twilio's have hosts of their own."""

    def __init__(self, settings: Settings, content: Content | None) -> None:
        self.standing = Standing()
        self._settings = settings
        self._content = content

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/twilio")
        router.add_api_route(f"/{API_VERSION}/Accounts/{{sid}}.json", self.account, methods=["GET"])
        router.add_api_route("/v2/Channels/Senders", self.senders, methods=["GET"])
        router.add_api_route("/v1/Content/{sid}", self.template, methods=["GET"])
        router.add_api_route("/v1/Content/{sid}/ApprovalRequests", self.approvals, methods=["GET"])
        return router

    async def account(self, request: Request, sid: str) -> Response:
        return self._answer(request, self._account() if sid == self._settings.twilio_account_sid else None)

    async def senders(self, request: Request) -> Response:
        if request.query_params.get("Channel") != "whatsapp":
            return errors.invalid_parameter("Channel").response()
        url = str(request.url)
        meta = {"page": 0, "page_size": 50, "first_page_url": url, "previous_page_url": None, "url": url}
        return self._answer(
            request, {"senders": [self._sender()], "meta": {**meta, "next_page_url": None, "key": "senders"}}
        )

    async def template(self, request: Request, sid: str) -> Response:
        content = self._content_of(sid)
        return self._answer(request, self._template(content) if content else None)

    async def approvals(self, request: Request, sid: str) -> Response:
        content = self._content_of(sid)
        return self._answer(request, self._approvals(content) if content else None)

    def _answer(self, request: Request, resource: dict[str, Any] | None) -> Response:
        try:
            authenticate(request, self._settings)
        except TwilioError as error:
            return error.response()
        if resource is None:
            return errors.not_found(request.url.path.removeprefix("/twilio")).response()
        return JSONResponse(resource)

    def _content_of(self, sid: str) -> Content | None:
        return self._content if self._content and self._content.sid == sid else None

    def _account(self) -> dict[str, Any]:
        sid, date = self._settings.twilio_account_sid, formatdate(_CREATED).replace("-0000", "+0000")
        return {
            "auth_token": self._settings.twilio_auth_token.get_secret_value(),
            "date_created": date,
            "date_updated": date,
            "friendly_name": "Simulated account",
            "owner_account_sid": sid,
            "sid": sid,
            "status": self.standing.account_status,
            "subresource_uris": {"messages": f"/{API_VERSION}/Accounts/{sid}/Messages.json"},
            "type": self.standing.account_type,
            "uri": f"/{API_VERSION}/Accounts/{sid}.json",
        }

    def _sender(self) -> dict[str, Any]:
        address = self.standing.sender or self._settings.twilio_wa_number
        webhook = self.standing.webhook
        if webhook is None:
            webhook = self._settings.signed_url("/webhooks/whatsapp#rc=3&rp=5xx,ct,rt")
        sid = "XE" + hashlib.md5(address.encode(), usedforsecurity=False).hexdigest()
        return {
            "sid": sid,
            "sender_id": address,
            "status": self.standing.sender_status,
            "configuration": {"waba_id": "12345678912345", "verification_method": None, "voice_application_sid": None},
            "webhook": {
                "callback_url": webhook,
                "callback_method": "POST",
                "fallback_url": "",
                "fallback_method": "POST",
                "status_callback_url": "",
                "status_callback_method": "POST",
            },
            "profile": None,
            "properties": None,
            "offline_reasons": None,
            "compliance": None,
            "url": f"https://messaging.twilio.com/v2/Channels/Senders/{sid}",
        }

    def _template(self, content: Content) -> dict[str, Any]:
        given = content.model_dump(by_alias=True)
        url = f"https://content.twilio.com/v1/Content/{content.sid}"
        return {
            "sid": content.sid,
            "account_sid": self._settings.twilio_account_sid,
            **given,
            "variables": given["variables"] if self.standing.variables is None else self.standing.variables,
            "url": url,
            "links": {"approval_fetch": f"{url}/ApprovalRequests"},
        }

    def _approvals(self, content: Content) -> dict[str, Any]:
        return {
            "sid": content.sid,
            "account_sid": self._settings.twilio_account_sid,
            "whatsapp": {
                "type": "whatsapp",
                "name": content.friendly_name,
                "category": self.standing.category,
                "content_type": "twilio/quick-reply",
                "status": self.standing.approval,
                "rejection_reason": self.standing.rejection_reason,
                "allow_category_change": True,
                "flows": None,
            },
            "url": f"https://content.twilio.com/v1/Content/{content.sid}/ApprovalRequests",
        }
