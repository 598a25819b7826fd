"""The messages with buttons, as defined in docs/whatsapp and as stored by Twilio's Content API.

https://www.twilio.com/docs/content/content-api-resources
"""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from adapters.twilio.rest import TwilioRest
from domain.sending.content_kinds import ContentKind

DEFINITIONS = Path(__file__).parents[2] / "docs/whatsapp"
_QUICK_REPLY = "twilio/quick-reply"
_PAGE_SIZE = "500"
_UNSUBMITTED = "unsubmitted"


@dataclass(frozen=True)
class TwilioContent:
    """A content from our definitions, without a sid, or from an account.

    A button is its title and what a tap sends.
    """

    name: str
    language: str
    variables: frozenset[str]
    body: str
    buttons: tuple[tuple[str, str], ...]
    sid: str = ""

    @classmethod
    def of(cls, resource: Mapping[str, Any]) -> Self:
        types = resource.get("types") or {}
        shown: Mapping[str, Any] = types.get(_QUICK_REPLY) or next(iter(types.values()), {})
        buttons = [(action.get("title") or "", action.get("id") or "") for action in shown.get("actions") or []]
        return cls(
            name=str(resource.get("friendly_name")),
            language=str(resource.get("language")),
            variables=frozenset(resource.get("variables") or {}),
            body=shown.get("body") or "",
            buttons=tuple(buttons),
            sid=resource.get("sid") or "",
        )

    def says_as(self, other: Self) -> bool:
        """Returns whether both have the same text, variables and buttons."""
        return (self.variables, self.body, self.buttons) == (other.variables, other.body, other.buttons)


@dataclass(frozen=True)
class TemplateApproval:
    """WhatsApp's approval of a content.

    `status` is `unsubmitted`, `received`, `pending`, `approved`, `rejected` or another.
    """

    status: str
    category: str
    rejection_reason: str

    @classmethod
    def of(cls, resource: Mapping[str, Any]) -> Self:
        return cls(
            status=resource.get("status") or _UNSUBMITTED,
            category=resource.get("category") or "",
            rejection_reason=resource.get("rejection_reason") or "",
        )

    @property
    def is_unsubmitted(self) -> bool:
        return self.status == _UNSUBMITTED


def definition(kind: ContentKind) -> dict[str, Any]:
    """Reads the document that is posted to Twilio for a kind of content."""
    document: dict[str, Any] = json.loads((DEFINITIONS / f"candidate_{kind}.json").read_text(encoding="utf-8"))
    return document


class TwilioContents:
    """The contents of an account. All methods raise TwilioRestError."""

    def __init__(self, rest: TwilioRest) -> None:
        self._rest = rest

    async def all(self) -> AsyncIterator[TwilioContent]:
        async for resource in self._rest.listed("content", "/v1/Content", "contents", PageSize=_PAGE_SIZE):
            yield TwilioContent.of(resource)

    async def fetch(self, sid: str) -> TwilioContent:
        """Reads a content.

        Raises TwilioRestError, with status 404 if the account does not have it.
        """
        return TwilioContent.of(await self._rest.get("content", f"/v1/Content/{sid}"))

    async def create(self, document: Mapping[str, Any]) -> TwilioContent:
        """Creates a content; each call creates another one."""
        return TwilioContent.of(await self._rest.post("content", "/v1/Content", document))

    async def approval(self, sid: str) -> TemplateApproval:
        requests = await self._rest.get("content", f"/v1/Content/{sid}/ApprovalRequests")
        return TemplateApproval.of(requests.get("whatsapp") or {})

    async def ask_for_approval(self, content: TwilioContent) -> TemplateApproval:
        """Submits a content to WhatsApp.

        Its name becomes the template's, and cannot be used for another.
        """
        path = f"/v1/Content/{content.sid}/ApprovalRequests/whatsapp"
        return TemplateApproval.of(
            await self._rest.post("content", path, {"name": content.name, "category": "UTILITY"})
        )
