"""Twilio's Content API.

Sources: twilio-oai, https://www.twilio.com/docs/content/content-api-resources.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from simulator.settings import SimulatorSettings
from simulator.twilio import errors
from simulator.twilio.content import PostedContent
from simulator.twilio.credentials import authenticate
from simulator.twilio.errors import TwilioError
from simulator.twilio.kept_contents import UNSUBMITTED, KeptContent, KeptContents
from simulator.twilio.states import TwilioStates

_CREATED = "2023-11-14T22:13:20Z"
_MOST_ON_A_PAGE = 1000


class ApprovalRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9_]{1,512}$")
    category: Literal["UTILITY", "MARKETING", "AUTHENTICATION"]


class ContentApi:
    """The contents of one account, on the host of the Messages API; Twilio's has its own."""

    def __init__(self, settings: SimulatorSettings, states: TwilioStates, contents: KeptContents) -> None:
        self._settings = settings
        self._states = states
        self._contents = contents

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/twilio/v1/Content")
        router.add_api_route("", self.create, methods=["POST"])
        router.add_api_route("", self.list_page, methods=["GET"])
        router.add_api_route("/{sid}", self.fetch, methods=["GET"])
        router.add_api_route("/{sid}/ApprovalRequests/whatsapp", self.submit, methods=["POST"])
        router.add_api_route("/{sid}/ApprovalRequests", self.approvals, methods=["GET"])
        return router

    async def create(self, request: Request) -> Response:
        """Creates a content; refuses at once what WhatsApp would not approve."""
        body = await request.body()

        def make() -> dict[str, Any]:
            return self._resource(self._contents.add(PostedContent.model_validate_json(body)))

        return self._answer(request, make, HTTPStatus.CREATED)

    async def list_page(self, request: Request) -> Response:
        return self._answer(request, lambda: self._page(request))

    async def fetch(self, request: Request, sid: str) -> Response:
        return self._answer(request, lambda: self._resource(self._find(request, sid)))

    async def submit(self, request: Request, sid: str) -> Response:
        body = await request.body()

        def take() -> dict[str, Any]:
            kept = self._find(request, sid)
            asked = ApprovalRequest.model_validate_json(body)
            if kept.approval != UNSUBMITTED:
                raise errors.invalid_parameter("the content has already been submitted")
            self._contents.submit(kept, asked.name, asked.category)
            return self._approval(kept)

        return self._answer(request, take, HTTPStatus.CREATED)

    async def approvals(self, request: Request, sid: str) -> Response:
        def look() -> dict[str, Any]:
            kept = self._find(request, sid)
            self._contents.review(kept)
            url = f"https://content.twilio.com/v1/Content/{sid}/ApprovalRequests"
            whatsapp = {"type": "whatsapp", **self._approval(kept), "flows": None}
            return {"sid": sid, "account_sid": self._settings.twilio_account_sid, "whatsapp": whatsapp, "url": url}

        return self._answer(request, look)

    def _answer(
        self, request: Request, resource: Callable[[], dict[str, Any]], status: int = HTTPStatus.OK
    ) -> Response:
        try:
            authenticate(request, self._settings)
            return JSONResponse(resource(), status)
        except TwilioError as error:
            return error.response()
        except ValidationError as error:
            return errors.invalid_parameter(error.errors(include_url=False)[0]["msg"]).response()

    def _find(self, request: Request, sid: str) -> KeptContent:
        if kept := self._contents.find(sid):
            return kept
        raise errors.not_found(request.url.path.removeprefix("/twilio"))

    def _page(self, request: Request) -> dict[str, Any]:
        try:
            size, number = (int(request.query_params.get(*given)) for given in (("PageSize", "50"), ("Page", "0")))
        except ValueError:
            raise errors.invalid_parameter("PageSize") from None
        size = max(1, min(size, _MOST_ON_A_PAGE))

        def url(page: int) -> str:
            return str(request.url.include_query_params(PageSize=size, Page=page))

        after = url(number + 1) if (number + 1) * size < len(self._contents.all) else None
        meta = {"page": number, "page_size": size, "first_page_url": url(0), "previous_page_url": None}
        return {
            "contents": [self._resource(kept) for kept in self._contents.all[number * size : (number + 1) * size]],
            "meta": {**meta, "url": url(number), "next_page_url": after, "key": "contents"},
        }

    def _resource(self, kept: KeptContent) -> dict[str, Any]:
        given, told = kept.content.model_dump(by_alias=True), self._states.current.variables
        url = f"https://content.twilio.com/v1/Content/{kept.sid}"
        links = {"approval_create": f"{url}/ApprovalRequests/whatsapp", "approval_fetch": f"{url}/ApprovalRequests"}
        return {
            "sid": kept.sid,
            "account_sid": self._settings.twilio_account_sid,
            **given,
            "variables": given["variables"] if told is None else told,
            "date_created": _CREATED,
            "date_updated": _CREATED,
            "url": url,
            "links": links,
        }

    def _approval(self, kept: KeptContent) -> dict[str, Any]:
        state = self._states.current
        return {
            "name": kept.name,
            "category": state.category or kept.category,
            "content_type": "twilio/quick-reply",
            "status": self._contents.approval(kept),
            "rejection_reason": state.rejection_reason,
            "allow_category_change": True,
        }
