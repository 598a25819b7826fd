"""Twilio's Messages API: create, fetch and list."""

import time
from urllib.parse import parse_qsl, urlencode
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from simulator.faults import Faults
from simulator.reception import Reception, Result
from simulator.settings import SimulatorSettings
from simulator.twilio import errors, form, resource
from simulator.twilio.credentials import authenticate
from simulator.twilio.errors import TwilioError
from simulator.twilio.message import Writer
from simulator.twilio.webhooks.status import StatusCallbacks
from simulator.world import Attempt, ChatMessage, World

_LIST_PARAMETERS = {"To", "From", "PageSize", "Page"}
_MAX_PAGE = 1000


class Listing(BaseModel):
    """How far the list of messages lags behind; developers report minutes, sometimes hours."""

    model_config = ConfigDict(extra="forbid")

    lag_sec: float = Field(default=0.0, ge=0)


class TwilioApi:
    """Twilio's Messages API, for one account with one WhatsApp sender."""

    def __init__(
        self,
        settings: SimulatorSettings,
        world: World,
        faults: Faults,
        writer: Writer,
        callbacks: StatusCallbacks,
    ) -> None:
        self.listing = Listing()
        self._settings = settings
        self._world = world
        self._writer = writer
        self._callbacks = callbacks
        self._reception = Reception(world, faults, errors.refusal)

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/twilio/2010-04-01/Accounts/{account}")
        router.add_api_route("/Messages.json", self.create, methods=["POST"])
        router.add_api_route("/Messages.json", self.list_page, methods=["GET"])
        router.add_api_route("/Messages/{sid}.json", self.fetch, methods=["GET"])
        return router

    async def create(self, request: Request, account: str) -> Response:
        body = (await request.body()).decode(errors="replace")
        pairs = parse_qsl(body, keep_blank_values=True)
        fields = dict(pairs)
        text = self._writer.preview(fields)
        headers = dict(request.headers)
        attempt = Attempt(target="twilio.messages", to=fields.get("To", ""), text=text, headers=headers, body=body)
        content = "\n".join([*(value for _, value in pairs), text])
        return await self._reception.answer(request, attempt, content, lambda: self._accept(request, account, pairs))

    def _accept(self, request: Request, account: str, pairs: list[tuple[str, str]]) -> Result:
        try:
            self._authenticate(request, account)
            fields = form.checked(pairs, self._settings.twilio_wa_number)
            written = self._writer.written(fields)
        except TwilioError as error:
            return Result(error.response())
        media = sum(name == "MediaUrl" for name, _ in pairs)
        message = ChatMessage(
            id=f"{'MM' if media else 'SM'}{uuid4().hex}",
            channel="whatsapp",
            address=fields["To"],
            direction="in",
            text=written.text,
            num_media=media,
            buttons=written.buttons,
            is_template=written.is_template,
            arrives=written.failure is None,
            status="queued",
        )
        if self._writer.undeliverable.refuses(message):
            return Result(errors.invalid_recipient(message.address).response())
        self._world.add_message(message)
        shown = resource.message(message, self._settings)
        self._callbacks.start(message, fields.get("StatusCallback"), written.failure)
        return Result(JSONResponse(shown, 201), message.id)

    async def fetch(self, request: Request, account: str, sid: str) -> Response:
        try:
            self._authenticate(request, account)
        except TwilioError as error:
            return error.response()
        message = self._world.message(sid)
        if message is None or message.channel != "whatsapp":
            return errors.not_found(request.url.path.removeprefix("/twilio")).response()
        return JSONResponse(resource.message(message, self._settings))

    async def list_page(self, request: Request, account: str) -> Response:
        """Returns a page of the account's messages, newest first.

        The newest ones can be missing, as at Twilio.
        """
        query = dict(request.query_params)
        attempt = Attempt(target="twilio.list", to=query.get("To", ""), text="")
        return await self._reception.answer(request, attempt, attempt.to, lambda: self._page(request, account, query))

    def _page(self, request: Request, account: str, query: dict[str, str]) -> Result:
        try:
            self._authenticate(request, account)
            if unknown := query.keys() - _LIST_PARAMETERS:
                raise errors.invalid_parameter(min(unknown))
            size, page = int(query.get("PageSize", 50)), int(query.get("Page", 0))
        except ValueError:
            return Result(errors.invalid_parameter("PageSize").response())
        except TwilioError as error:
            return Result(error.response())
        size = max(1, min(size, _MAX_PAGE))
        found = [m for m in self._resources() if all(m[k.lower()] == query[k] for k in ("To", "From") if k in query)]
        path = request.url.path.removeprefix("/twilio")

        def uri(number: int) -> str:
            return f"{path}?{urlencode({**query, 'PageSize': size, 'Page': number})}"

        return Result(JSONResponse(resource.page(found, page, size, uri)))

    def _resources(self) -> list[resource.Resource]:
        listed_until = time.time() - self.listing.lag_sec
        messages = [m for m in reversed(self._world.messages) if m.channel == "whatsapp" and m.at <= listed_until]
        return [resource.message(m, self._settings) for m in messages]

    def _authenticate(self, request: Request, account: str) -> None:
        authenticate(request, self._settings)
        if account != self._settings.twilio_account_sid:
            raise errors.not_found(request.url.path.removeprefix("/twilio"))
