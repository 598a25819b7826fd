"""POST /candidate accepts valid drafts, and recognizes repetitions by their id."""

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from domain.conversation.numbers import number_of
from tests.harness.asking import asked
from tests.harness.core import draft
from tests.harness.edges import ROTATED_SECRET, twilio_posts
from tests.harness.naming import label
from tests.harness.phone import Owner
from tests.harness.stack import CORE_SECRET, Stack

LONGEST_URL = "https://example.com/".ljust(2048, "x")


async def test_new_candidate_is_accepted_for_each_channel_and_known_at_once(stack: Stack, owner: Owner) -> None:
    both, only_whatsapp = draft(owner), draft(None, owner_whatsapp=owner.whatsapp)
    response = await stack.core.post(both)

    assert response.status_code == 202
    deadline = datetime.fromisoformat(response.json()["deadline"])
    assert response.json() == {
        "status": "accepted",
        "candidate_id": both["id"],
        "channels": ["whatsapp", "imessage"],
        "number": number_of(both["id"]),
        "deadline": response.json()["deadline"],
        "warnings": [],
    }
    known = await stack.core.candidate(both["id"])
    assert abs(datetime.fromisoformat(known["deadline"]) - deadline) < timedelta(seconds=60)
    assert (known["id"], known["number"]) == (both["id"], number_of(both["id"]))
    assert (await stack.core.post(only_whatsapp)).json()["channels"] == ["whatsapp", "imessage"]


async def test_same_content_again_is_a_duplicate_and_nothing_is_sent_again(stack: Stack, owner: Owner) -> None:
    candidate = await stack.core.accepted(owner)
    await stack.phone.until_prompted("whatsapp", candidate["id"])

    response = await stack.core.post({**candidate, "unknown": "field"})

    assert response.status_code == 202
    known = await stack.core.candidate(candidate["id"])
    assert response.json() == {
        "status": "duplicate",
        "candidate_id": candidate["id"],
        "channels": ["whatsapp", "imessage"],
        "number": known["number"],
        "deadline": known["deadline"],
        "warnings": ["unknown is not known and was ignored"],
    }
    sentinel = await stack.core.accepted(owner)
    await stack.phone.until_prompted("whatsapp", sentinel["id"])
    assert len(await stack.phone.prompts("whatsapp", candidate["id"])) == 1


async def test_same_candidate_posted_at_once_is_accepted_once(stack: Stack, owner: Owner) -> None:
    candidate = draft(owner)
    responses = await asyncio.gather(*(stack.core.post(candidate) for _ in range(5)))

    assert sorted(response.json()["status"] for response in responses) == ["accepted", *["duplicate"] * 4]


@pytest.mark.parametrize(
    "change",
    [
        {"proposed_text": "another"},
        {"deadline_sec": 901},
        {"owner_imessage": None},
        {"risk_flags": ["new"]},
        {"source_text": "another"},
        {"source_author": ""},
    ],
    ids=str,
)
async def test_same_id_with_other_content_is_a_conflict_and_changes_nothing(
    stack: Stack, owner: Owner, change: dict[str, Any]
) -> None:
    candidate = await stack.core.accepted(owner, source_text="Does it crash?", source_author="Jane")

    response = await stack.core.post({**candidate, **change})

    assert response.status_code == 409
    assert response.json()["candidate_id"] == candidate["id"]
    assert "other content" in response.json()["detail"]
    assert (await stack.core.candidate(candidate["id"]))["proposed_text"] == candidate["proposed_text"]


@pytest.mark.parametrize(
    "change",
    [
        {"id": "Z"},
        {"id": "ag_" + "0" * 112 + "_linkedin.-_X"},
        {"brand_id": "b:" + "x" * 126},
        {"proposed_text": "\U0001f600" * 3000},
        {"proposed_text": "a\0b\n\u2028\u202e"},
        {"source_ref": "x" * 256},
        {"source_ref": ""},
        {"context_url": LONGEST_URL},
        {"context_url": "HTTP://example.com:8080/ü?q=1#top"},
        {"risk_flags": ["\U0001f600" * 64] * 20},
        {"deadline_sec": 10},
        {"deadline_sec": 604800},
        {"owner_whatsapp": "whatsapp:US.13491208655302741918"},
        {"owner_imessage": "+1 (555) 123-4567"},
        {"source_text": "\U0001f600" * 2000, "source_author": "x" * 100},
        {"unknown": {"nested": [1]}, "decision": "approved", "content_hash": "x", "model_config": 1},
        {"urgent": True},
    ],
    ids=lambda change: ascii(change)[:30],
)
async def test_boundary_values_are_accepted(stack: Stack, owner: Owner, change: dict[str, Any]) -> None:
    candidate: dict[str, Any] = {**draft(owner), **change}
    response = await stack.core.post(candidate)

    assert response.status_code == 202, response.text
    entry = await stack.core.candidate(candidate["id"])
    assert entry["proposed_text"] == candidate["proposed_text"]


async def test_field_that_is_not_known_is_named_with_what_may_be_meant_and_not_what_it_holds(
    stack: Stack, owner: Owner
) -> None:
    unknown = {"owner_whatsap": "a stranger's address", "Deadline": 5, "bad\ud800\u2028name": 1, "x" * 100: 1, "": None}
    candidate: dict[str, Any] = {**draft(owner), **unknown}

    response = await stack.core.http.post("/candidate", content=json.dumps(candidate))
    many = await stack.core.post({**draft(owner), **{f"field_{number}": 1 for number in range(50)}})

    assert response.json()["warnings"] == [
        "owner_whatsap is not known and was ignored; did you mean owner_whatsapp?",
        "Deadline is not known and was ignored; did you mean deadline_sec?",
        "bad\ufffd\ufffdname is not known and was ignored",
        f"{'x' * 64} is not known and was ignored",
        " is not known and was ignored",
    ]
    assert len(many.json()["warnings"]) == 10
    (event,) = [json.loads(line) for line in stack.api.output.splitlines() if f'"{candidate["id"]}", "count"' in line]
    assert (event["event"], event["count"]) == ("unknown_fields_ignored", 5)
    assert event["fields"] == ["owner_whatsap", "Deadline"]
    assert "a stranger's address" not in stack.api.output


async def test_urgency_is_known_and_makes_no_other_content(stack: Stack, owner: Owner) -> None:
    """A retry by a core that has started to send the field is the same candidate."""
    candidate = await stack.core.accepted(owner)

    response = await stack.core.post({**candidate, "urgent": True})

    assert (response.json()["status"], response.json()["warnings"]) == ("duplicate", [])


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "\xff/;="])
async def test_body_is_json_whatever_the_content_type_says(stack: Stack, owner: Owner, kind: str | None) -> None:
    headers = httpx.Headers({"Content-Type": kind} if kind else {}, encoding="latin-1")

    response = await stack.core.http.post("/candidate", content=json.dumps(draft(owner)), headers=headers)

    assert response.status_code == 202, response.text


async def test_post_that_is_answered_is_kept_with_the_candidate(stack: Stack, owner: Owner) -> None:
    said = await stack.core.accepted(owner, source_text="Does it\ncrash?", source_author="Jane")
    blank = await stack.core.accepted(owner, source_text=" \n", source_author="\u200b")

    drafts = [await (await stack.run_of(body["id"]).describe()).memo_value("candidate") for body in (said, blank)]

    assert [(kept["source_text"], kept["source_author"]) for kept in drafts] == [
        ("Does it\ncrash?", "Jane"),
        (None, None),
    ]


async def test_blank_field_is_one_that_is_left_out(stack: Stack) -> None:
    """The fallback owners are asked, and the same request with nulls is a duplicate."""
    blank: dict[str, str | None] = dict.fromkeys(
        ("owner_whatsapp", "owner_imessage", "source_text", "source_author"), ""
    )
    candidate = {**draft(), **blank}
    first = await stack.core.post(candidate)
    again = await stack.core.post({**candidate, **dict.fromkeys(blank)})

    assert [response.json()["status"] for response in (first, again)] == ["accepted", "duplicate"]
    assert first.json()["channels"] == ["whatsapp", "imessage"]


async def test_context_url_cannot_break_a_line_of_the_prompt(stack: Stack, owner: Owner) -> None:
    candidate = await stack.core.accepted(owner, context_url="https://example.com/\napprove cr_other")

    prompt = await stack.phone.until_prompted("whatsapp", candidate["id"])

    assert "approve cr_other" not in prompt["text"]


async def test_rotated_secret_and_the_one_before_are_both_accepted(
    proxied_edge: httpx.AsyncClient, owner: Owner
) -> None:
    for secret in (ROTATED_SECRET, CORE_SECRET):
        headers = {"Authorization": f"Bearer {secret}"}
        assert (await proxied_edge.post("/candidate", json=draft(owner), headers=headers)).status_code == 202


async def test_owner_is_found_by_the_hash_of_an_earlier_secret(
    stack: Stack, proxied_edge: httpx.AsyncClient, owner: Owner
) -> None:
    candidate = await asked(stack, "whatsapp", owner)
    prompt = await stack.phone.until_prompted("whatsapp", candidate["id"])

    form = [("MessageSid", f"SM{uuid4().hex}"), ("From", owner.whatsapp), ("Body", "approve")]
    quotation = ("OriginalRepliedMessageSid", prompt["id"])
    url = "https://public.example/webhooks/whatsapp"
    answer = await twilio_posts(proxied_edge, [*form, quotation], signed_url=url)

    assert f"Got it: post {label(candidate)}" in answer.text
    assert (await stack.phone.until_decided(candidate["id"]))["decision"] == "approved"
