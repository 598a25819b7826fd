"""Core, the gateway's client."""

from collections.abc import Mapping
from typing import Any, NotRequired, Self, TypedDict, Unpack
from uuid import uuid4

import httpx

from tests.harness.phone import Owner
from tests.harness.processes import until


class Changes(TypedDict, total=False):
    """The fields of a candidate that a test sets."""

    id: str
    brand_id: str
    platform: str
    source_ref: str
    proposed_text: str
    persona: str
    context_url: str
    risk_flags: list[str]
    deadline_sec: int
    owner_whatsapp: str | None
    owner_imessage: str | None
    source_text: str | None
    source_author: str | None
    replaces: str | None


class CandidateBody(TypedDict):
    """The body of POST /candidate."""

    id: str
    brand_id: str
    platform: str
    source_ref: str
    proposed_text: str
    persona: str
    context_url: str
    risk_flags: list[str]
    deadline_sec: int
    owner_whatsapp: str | None
    owner_imessage: str | None
    source_text: NotRequired[str | None]
    source_author: NotRequired[str | None]
    replaces: NotRequired[str | None]


def draft(owner: Owner | None = None, **changes: Unpack[Changes]) -> CandidateBody:
    """Returns the body of a candidate with a unique id and brand."""
    unique = uuid4().hex[:10]
    usual: CandidateBody = {
        "id": f"cr_{unique}",
        "brand_id": f"b_{unique}",
        "platform": "x",
        "source_ref": "post_1",
        "proposed_text": f"Draft {unique}",
        "persona": "normal",
        "context_url": "https://example.com/posts/1",
        "risk_flags": [],
        "deadline_sec": 900,
        "owner_whatsapp": owner.whatsapp if owner else None,
        "owner_imessage": owner.imessage if owner else None,
    }
    return {**usual, **changes}


def without(candidate: CandidateBody, *fields: str) -> dict[str, object]:
    return {name: value for name, value in candidate.items() if name not in fields}


class Core:
    def __init__(self, gateway_url: str, secret: str) -> None:
        self.http = httpx.AsyncClient(
            base_url=gateway_url, headers={"Authorization": f"Bearer {secret}"}, timeout=httpx.Timeout(15)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def post(self, candidate: Mapping[str, object]) -> httpx.Response:
        return await self.http.post("/candidate", json=candidate)

    async def accepted(self, owner: Owner | None = None, **changes: Unpack[Changes]) -> CandidateBody:
        """Posts a candidate that must be accepted, and returns its body."""
        candidate = draft(owner, **changes)
        response = await self.post(candidate)
        assert response.status_code == httpx.codes.ACCEPTED, response.text
        assert response.json()["status"] == "accepted"
        return candidate

    async def withdraw(self, candidate_id: str) -> httpx.Response:
        return await self.http.delete(f"/candidate/{candidate_id}")

    async def successor(
        self, old: CandidateBody, owner: Owner | None = None, **changes: Unpack[Changes]
    ) -> CandidateBody:
        """Posts a candidate in place of another; it must be accepted."""
        placed: Changes = {"brand_id": old["brand_id"], "replaces": old["id"], **changes}
        return await self.accepted(owner, **placed)

    async def candidate(self, candidate_id: str) -> dict[str, Any]:
        response = await self.http.get(f"/candidate/{candidate_id}")
        assert response.is_success, response.text
        body: dict[str, Any] = response.json()
        return body

    async def waited(self, candidate_id: str, seconds: int) -> dict[str, Any]:
        """Requests a candidate, and waits this long for its decision."""
        response = await self.http.get(f"/candidate/{candidate_id}", params={"wait": seconds}, timeout=seconds + 60)
        assert response.is_success, response.text
        body: dict[str, Any] = response.json()
        return body

    async def until_state(self, candidate_id: str, state: str) -> dict[str, Any]:
        return await self._until(candidate_id, "state", state)

    async def until_callback(self, candidate_id: str, state: str) -> dict[str, Any]:
        return await self._until(candidate_id, "callback", state)

    async def _until(self, candidate_id: str, field: str, value: str) -> dict[str, Any]:
        return await until(lambda: self.candidate(candidate_id), lambda current: current[field] == value)
