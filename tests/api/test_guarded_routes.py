"""Unauthenticated callers learn nothing about their body, which is not even read."""

from uuid import uuid4

import httpx
import pytest

from tests.harness.edges import Pairs, twilio_posts
from tests.harness.phone import Owner
from tests.harness.stack import Stack

JSON = "application/json"
REFUSALS = {
    "/candidate": 401,
    "/webhooks/imessage": 401,
    "/webhooks/whatsapp": 403,
    "/webhooks/whatsapp/status/{candidate_id}/{attempt}": 403,
}
BODIES: list[tuple[str, bytes]] = [
    (JSON, b"{"),
    (JSON, b"[" * 100_000),
    (JSON, b"\xff\0"),
    (JSON, b" " * 500_000),
    ("text/plain", b"hello"),
    ("multipart/form-data", b"--"),
    ("application/x-www-form-urlencoded", b"a=b&" * 100_000),
    ("", b""),
]


async def test_every_route_that_takes_a_body_is_here(stack: Stack) -> None:
    document = (await stack.core.http.get("/openapi.json")).json()

    assert {path for path, item in document["paths"].items() if item.keys() - {"get", "delete"}} == set(REFUSALS)


@pytest.mark.parametrize("path", REFUSALS)
@pytest.mark.parametrize("credentials", [{}, {"Authorization": "Bearer wrong", "X-Twilio-Signature": "wrong"}])
async def test_stranger_hears_nothing_of_its_body(stack: Stack, path: str, credentials: dict[str, str]) -> None:
    async with httpx.AsyncClient(base_url=stack.gateway_url, headers=credentials) as stranger:
        answers = [
            await stranger.post(path, content=body, headers={"Content-Type": kind} if kind else {})
            for kind, body in BODIES
        ]

    assert {answer.status_code for answer in answers} == {REFUSALS[path]}
    assert len({answer.content for answer in answers}) == 1


async def test_form_of_hundreds_of_fields_is_none_of_twilios(plain_edge: httpx.AsyncClient, owner: Owner) -> None:
    pairs: Pairs = [("MessageSid", f"SM{uuid4().hex}"), ("From", owner.whatsapp)]

    assert (await twilio_posts(plain_edge, [*pairs, *[("Field", "")] * 150])).status_code == 200
    assert (await twilio_posts(plain_edge, [*pairs, *[("Field", "")] * 250])).status_code == 403
