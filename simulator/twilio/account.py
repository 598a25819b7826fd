"""Twilio's Account resource, read-only, after twilio-oai."""

from email.utils import formatdate
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from simulator.settings import SimulatorSettings
from simulator.twilio import errors
from simulator.twilio.credentials import authenticate
from simulator.twilio.errors import TwilioError
from simulator.twilio.resource import API_VERSION
from simulator.twilio.states import TwilioStates

_CREATED = 1_700_000_000


class TwilioAccount:
    """One account; all its products share this host, although each has its own at Twilio."""

    def __init__(self, settings: SimulatorSettings, states: TwilioStates) -> None:
        self._settings = settings
        self._states = states

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/twilio")
        router.add_api_route(f"/{API_VERSION}/Accounts/{{sid}}.json", self.fetch, methods=["GET"])
        return router

    async def fetch(self, request: Request, sid: str) -> Response:
        try:
            authenticate(request, self._settings)
        except TwilioError as error:
            return error.response()
        if sid != self._settings.twilio_account_sid:
            return errors.not_found(request.url.path.removeprefix("/twilio")).response()
        return JSONResponse(self._account())

    def _account(self) -> dict[str, Any]:
        sid, date = self._settings.twilio_account_sid, formatdate(_CREATED).replace("-0000", "+0000")
        return {
            "auth_token": self._settings.twilio_auth_token.get_secret_value(),
            "date_created": date,
            "date_updated": date,
            "friendly_name": "Simulated account",
            "owner_account_sid": sid,
            "sid": sid,
            "status": self._states.current.account_status,
            "subresource_uris": {"messages": f"/{API_VERSION}/Accounts/{sid}/Messages.json"},
            "type": self._states.current.account_type,
            "uri": f"/{API_VERSION}/Accounts/{sid}.json",
        }
