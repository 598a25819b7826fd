"""The edge rejects core's invalid requests with an explanation, and starts nothing."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import httpx
import pytest
from temporalio.service import RPCError, RPCStatusCode

from tests.harness.core import draft, without
from tests.harness.edges import ROTATED_SECRET, another_edge
from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.stack import CORE_SECRET, OWNER_IMESSAGE, OWNER_WHATSAPP, PHOTON_SECRET, Stack

REFUSED: list[tuple[str, Any]] = [
    *[("id", value) for value in ("", ".", "..", "x" * 129, "a b", "a/b", "a'b", "ä", "a\n", "a\0", 7, None)],
    *[("brand_id", value) for value in ("", "x" * 129, "b'acme", 'b"acme', "b acme", "b' OR BrandId != 'b", None)],
    *[("platform", value) for value in ("facebook", "X", "", None)],
    *[("source_ref", value) for value in ("x" * 257, "\ud800", None)],
    *[("proposed_text", value) for value in ("", "x" * 3001, "a\ud800b", None, ["x"])],
    *[("proposed_text", value) for value in (" \n\t\u3000", "\0", "\u200b\u2060\ufeff", "\u3164\ufe0f\u034f\u2800")],
    *[("persona", value) for value in ("rude", "", None)],
    *[("context_url", f"{scheme}example.com/") for scheme in ("ftp://", "javascript:", "file:///", "//", "")],
    *[
        ("context_url", value)
        for value in ("https://example.com/".ljust(2049, "x"), "https://", "https://a b/", "\ud800", None)
    ],
    *[("risk_flags", value) for value in (["x"] * 21, ["x" * 65], ["\udfff"], [1], "x", None)],
    *[("deadline_sec", value) for value in (9, 604801, -900, 0, 10.5, "soon", True, None)],
    *[("owner_whatsapp", value) for value in ("+15551234567", "whatsapp:", "whatsapp:5551234567", "whatsapp:+0")],
    *[("owner_whatsapp", value) for value in ("whatsapp:+1555123456789012", "whatsapp:us.abc", "sms:+15551234567")],
    *[("owner_imessage", value) for value in ("owner", "@example.com", "a b@example.com", "5551234567", "\ud800@a.b")],
    *[("source_text", value) for value in ("x" * 2001, "\ud800", 7, ["x"])],
    *[("source_author", value) for value in ("x" * 101, "\ud800", 7)],
    *[("urgent", value) for value in ("yes", 1, None)],
]


async def is_known(stack: Stack, candidate_id: str) -> bool:
    try:
        await stack.run_of(candidate_id).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    return True


async def post_raw(stack: Stack, content: bytes, **headers: str) -> httpx.Response:
    return await stack.core.http.post(
        "/candidate", content=content, headers={"Content-Type": "application/json", **headers}
    )


@pytest.mark.parametrize(("field", "value"), REFUSED, ids=lambda value: ascii(value)[:30])
async def test_bad_field_is_refused_by_name_and_nothing_is_started(
    stack: Stack, owner: Owner, field: str, value: Any
) -> None:
    candidate = {**draft(owner), field: value}

    response = await post_raw(stack, json.dumps(candidate).encode())

    assert response.status_code == 422
    details = response.json()["detail"]
    assert {tuple(detail["loc"][:2]) for detail in details} == {("body", field)}
    assert all(set(detail) == {"loc", "msg", "type"} for detail in details)
    assert response.json().get("candidate_id") == (None if field == "id" else candidate["id"])
    if isinstance(candidate["id"], str) and candidate["id"]:
        assert not await is_known(stack, candidate["id"])


async def test_refused_candidates_leave_no_trace(stack: Stack, owner: Owner) -> None:
    brand_id = f"b_{uuid4().hex}"
    refused = [{**draft(owner, brand_id=brand_id), field: value} for field, value in REFUSED if field != "brand_id"]
    missing = without(draft(owner, brand_id=brand_id), "proposed_text")
    bodies = [json.dumps(candidate).encode() for candidate in [*refused, missing]]
    assert {response.status_code for response in await asyncio.gather(*(post_raw(stack, body) for body in bodies))} == {
        422
    }

    sentinel = await stack.core.accepted(owner, brand_id=brand_id)

    async def visible() -> list[str]:
        return [found.id async for found in stack.client.list_workflows(f"BrandId = '{brand_id}'")]

    assert await until(visible) == [f"approval/{sentinel['id']}"]


async def test_candidate_that_reaches_nobody_is_refused(stack: Stack, plain_edge: httpx.AsyncClient) -> None:
    candidate = draft(None)
    response = await plain_edge.post("/candidate", json=candidate, headers={"Authorization": f"Bearer {CORE_SECRET}"})

    assert response.status_code == 422
    assert response.json()["candidate_id"] == candidate["id"]
    assert "OWNER_WA_NUMBER" in response.json()["detail"]
    assert not await is_known(stack, candidate["id"])


async def test_candidate_for_somebody_who_may_not_be_asked_is_refused_by_the_name_of_the_field(
    stack: Stack, owner: Owner
) -> None:
    allowed = draft(owner)
    stranger, fallback = draft(owner, owner_whatsapp="whatsapp:+15550009999"), draft(None)
    listed = f"{owner.whatsapp}, {owner.imessage}, {OWNER_WHATSAPP}, {OWNER_IMESSAGE}"
    async with another_edge(stack, RECIPIENTS_ALLOWED=listed, BRANDS_FILE="") as edge:
        responses = [
            await edge.post("/candidate", json=candidate, headers={"Authorization": f"Bearer {CORE_SECRET}"})
            for candidate in (stranger, allowed, fallback)
        ]

    assert [response.status_code for response in responses] == [422, 202, 202]
    refusal = responses[0].json()
    assert refusal["candidate_id"] == stranger["id"]
    assert refusal["detail"].startswith("owner_whatsapp: not among RECIPIENTS_ALLOWED")
    assert "+1555" not in refusal["detail"]
    assert not await is_known(stack, stranger["id"])


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "Bearer wrong",
        "Bearer",
        f"Basic {CORE_SECRET}",
        CORE_SECRET,
        f"Bearer {CORE_SECRET}x",
        f"Bearer {PHOTON_SECRET}",
        f"Bearer {ROTATED_SECRET}",
        "Bearer \xff",
    ],
)
async def test_stranger_is_refused_and_nothing_is_started(
    stack: Stack, owner: Owner, authorization: str | None
) -> None:
    candidate = draft(owner)
    headers = httpx.Headers({"Authorization": authorization} if authorization else {}, encoding="latin-1")
    async with httpx.AsyncClient(base_url=stack.gateway_url) as stranger:
        posted = await stranger.post("/candidate", json=candidate, headers=headers)
        read = await stranger.get(f"/candidate/{candidate['id']}", headers=headers)
        listed = await stranger.get("/activity", params={"brand_id": candidate["brand_id"]}, headers=headers)

    assert {response.status_code for response in (posted, read, listed)} == {401}
    assert posted.headers["WWW-Authenticate"] == "Bearer"
    assert "Authorization" in posted.json()["detail"]
    assert not await is_known(stack, candidate["id"])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"{}",
        b'{"id": "\xff"}',
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b'{"deadline_sec": ' + b"9" * 5000 + b"}",
        b'{"deadline_sec": 1e999}',
        b'{"deadline_sec": NaN}',
        b"\0",
    ],
    ids=lambda content: ascii(content)[:20],
)
async def test_unreadable_body_is_refused_in_the_same_form(stack: Stack, content: bytes) -> None:
    response = await post_raw(stack, content)

    assert response.status_code == 422
    assert all(set(detail) == {"loc", "msg", "type"} for detail in response.json()["detail"])


async def test_body_that_is_too_long_is_refused_announced_or_not(stack: Stack) -> None:
    async def chunks() -> Any:
        for _ in range(20):
            yield b" " * 10_000

    announced = await post_raw(stack, b" " * 200_000)
    chunked = await stack.core.http.post("/candidate", content=chunks(), headers={"Content-Type": "application/json"})

    assert (announced.status_code, chunked.status_code) == (413, 413)
    assert "131072 bytes" in chunked.json()["detail"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "send one JSON object"),
        (b"null", "send one JSON object"),
        (b"[]", "send one JSON object"),
        (
            b'{\n  "id": "cr_1",\n  "brand_id" "b"\n}',
            "send one JSON object: line 3, column 14: Expecting ':' delimiter",
        ),
        ('{"a": "\u00e4", x'.encode(), "line 1, column 12"),
        (b"[" * 100_000, "nested too deeply"),
    ],
    ids=lambda part: ascii(part)[:30],
)
async def test_malformed_body_is_refused_with_its_place(stack: Stack, content: bytes, message: str) -> None:
    (detail,) = (await post_raw(stack, content)).json()["detail"]

    assert message in detail["msg"]


async def test_every_problem_is_named_at_once_in_words_and_logged_without_what_was_sent(
    stack: Stack, owner: Owner
) -> None:
    said = {"id": f"cr {uuid4().hex}", "source_ref": "x" * 257, "proposed_text": "", "owner_imessage": "nobody, says I"}
    response = await stack.core.http.post(
        "/candidate", json={**draft(owner), **said, "persona": None}, params={"brand": "the stranger", "+1555": "1"}
    )

    messages = {".".join(map(str, detail["loc"])): detail["msg"] for detail in response.json()["detail"]}
    assert messages == {
        "query.brand": "brand is not known here",
        "query.+1555": "+1555 is not known here",
        "body.id": "use 1 to 128 of the characters A-Z a-z 0-9 _ . -",
        "body.source_ref": "String should have at most 256 characters, not 257",
        "body.proposed_text": "String should have at least 1 character",
        "body.persona": "Input should be 'normal', 'smart', 'technical' or 'unhinged'",
        "body.owner_imessage": messages["body.owner_imessage"],
    }
    assert "Value error" not in response.text
    events = [json.loads(line) for line in stack.api.output.splitlines() if '"request_refused"' in line]
    event = next(event for event in events if "query.brand: extra_forbidden" in event["problems"])
    assert (event["route"], event["status"]) == ("/candidate", 422)
    assert {"query: extra_forbidden", "body.source_ref: too_long"} <= set(event["problems"])
    for text in (said["id"], said["owner_imessage"], "the stranger", "+1555"):
        assert text not in stack.api.output


async def test_refusal_of_a_conflict_is_logged_with_its_candidate(stack: Stack, owner: Owner) -> None:
    candidate = await stack.core.accepted(owner)
    assert (await stack.core.post({**candidate, "persona": "smart"})).status_code == 409

    events = [json.loads(line) for line in stack.api.output.splitlines() if candidate["id"] in line]
    (event,) = [event for event in events if event["event"] == "request_refused"]
    assert (event["status"], event["problems"]) == (409, ["ConflictingCandidateError"])


async def test_unknown_parameter_is_refused_by_name_on_cores_routes_alone(stack: Stack, owner: Owner) -> None:
    candidate = await stack.core.accepted(owner)
    document = (await stack.core.http.get("/openapi.json")).json()
    for path, item in document["paths"].items():
        for method in item:
            body = draft(owner) if method == "post" else None
            query = {"brand": "b_acme", "x": "1"}
            url = path.format(candidate_id=candidate["id"], attempt="1-1")
            response = await stack.core.http.request(method, url, params=query, json=body)
            if item[method]["tags"] == ["core"]:
                assert response.status_code == 422, path
                assert [detail["loc"] for detail in response.json()["detail"]] == [["query", name] for name in query]
            else:
                assert "not known here" not in response.text
