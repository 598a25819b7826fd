"""Sidecars report messages in many ways: groups, SMS, reactions, thread replies, our own texts."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.routes import bridged_messages
from api.schemas.sidecar import IMessageEvent
from domain.channels import Channel
from domain.identifiers import imessage_id, message_key
from tests.harness.asking import answer_to, asked, skipped
from tests.harness.chats import until_read
from tests.harness.naming import label, number
from tests.harness.phone import Owner
from tests.harness.stack import PHOTON_SECRET, Stack

ACCEPTED, IGNORED = '{"status":"accepted"}', '{"status":"ignored"}'
GROUPS: list[dict[str, Any]] = [
    {"chatId": "any;+;chat1"},
    {"chatId": "iMessage;+;chat1", "isGroupChat": None},
    {"chatId": "any;-;x", "isGroupChat": True},
]
TEXT_MESSAGES: list[dict[str, Any]] = [
    {"service": "SMS"},
    {"service": "rcs"},
    {"service": None, "chatId": "SMS;-;+15551234567"},
]
WITHOUT_WORDS: list[tuple[str | None, dict[str, Any]]] = [
    (None, {}),
    ("", {}),
    ("\ufffc", {}),
    ("approve", {"attachments": [{"mimeType": "image/heic"}]}),
]
REACTIONS: list[tuple[str | None, dict[str, Any]]] = [
    ("Liked “Acme on X”", {}),
    ("Le gustó “Acme on X”", {}),
    ("Reacted 👍 to “Acme on X”", {}),
    ("Liked an image", {}),
    ("Removed a like from “Acme on X”", {}),
    (None, {"reaction": {"kind": "like", "targetMessageId": "14", "isRemoved": False}}),
    ("approve", {"reaction": {"kind": "like"}}),
]


@pytest.mark.parametrize("said", GROUPS, ids=str)
async def test_message_of_a_group_is_ignored_whatever_the_flag_says(
    stack: Stack, owner: Owner, said: dict[str, Any]
) -> None:
    candidate = await asked(stack, "imessage", owner)

    said_there = await stack.phone.says("imessage", owner, f"approve {candidate['id']}", extra=said)

    assert said_there.bodies == [IGNORED]
    assert await skipped(stack, "imessage", owner, candidate)


async def _answered(stack: Stack, owner: Owner, text: str | None, words: str, extra: dict[str, Any]) -> str:
    candidate = await asked(stack, "imessage", owner)
    answer = await answer_to(stack, "imessage", owner, text, words, extra=extra)  # type: ignore[arg-type]  # null
    assert answer.startswith("Nothing was decided: ")
    assert f"yes {number(candidate)}" in answer
    assert await skipped(stack, "imessage", owner, candidate)
    return answer


@pytest.mark.parametrize("said", TEXT_MESSAGES, ids=str)
async def test_text_message_decides_nothing_and_is_answered(stack: Stack, owner: Owner, said: dict[str, Any]) -> None:
    await _answered(stack, owner, "approve", "Please use the blue chat", said)


@pytest.mark.parametrize(("text", "said"), WITHOUT_WORDS, ids=str)
async def test_message_without_words_is_answered(
    stack: Stack, owner: Owner, text: str | None, said: dict[str, Any]
) -> None:
    await _answered(stack, owner, text, "cannot be read here", said)


@pytest.mark.parametrize(("text", "said"), REACTIONS, ids=str)
async def test_reaction_decides_nothing_and_is_answered_with_what_would(
    stack: Stack, owner: Owner, text: str | None, said: dict[str, Any]
) -> None:
    await _answered(stack, owner, text, "that reaction does not say which draft", said)


async def test_reaction_while_several_are_open_is_answered_with_all(stack: Stack, owner: Owner) -> None:
    first = await asked(stack, "imessage", owner)
    second = await asked(stack, "imessage", owner)

    answer = await answer_to(stack, "imessage", owner, "Liked “Acme on X”", "that reaction does not say")

    assert number(first) in answer
    assert number(second) in answer


@pytest.mark.parametrize("text", [None, "Liked “Acme on X”", "approve"])
async def test_stranger_is_not_answered(stack: Stack, owner: Owner, text: str | None) -> None:
    said = await stack.phone.says("imessage", owner, text, extra={"service": "SMS"})  # type: ignore[arg-type]  # null

    assert said.bodies == [IGNORED]


@pytest.mark.parametrize("field", ["threadOriginatorGuid", "threadRootMessageId", "replyToMessageId"])
async def test_thread_reply_names_nothing(stack: Stack, owner: Owner, field: str) -> None:
    candidate = await asked(stack, "imessage", owner)

    answer = await answer_to(stack, "imessage", owner, "approve", "Nothing was decided", extra={field: "7D3E0B7A-1"})
    assert answer.splitlines()[1] == f"Send yes {number(candidate)}"
    assert await skipped(stack, "imessage", owner, candidate)


async def test_thread_reply_that_names_its_candidate_decides(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "imessage", owner)

    reply = f"approve {candidate['id']}"
    await stack.phone.says("imessage", owner, reply, extra={"threadOriginatorGuid": "7D3E0B7A-1"})

    assert (await stack.phone.until_decided(candidate["id"]))["decision"] == "approved"


async def test_same_row_of_another_mac_is_another_message(stack: Stack) -> None:
    """Each has its effect: one is answered with help, two are verdicts."""
    first, second, third = Owner(), Owner(), Owner()
    candidates = [await asked(stack, "imessage", owner) for owner in (first, second, third)]
    row, words = f"14{first.number}", "yes = post it"

    await answer_to(stack, "imessage", first, "help", words, message_id=row, timestamp="2026-01-01T10:00:00Z")
    rejection = f"skip {candidates[0]['id']}"
    await stack.phone.says("imessage", first, rejection, message_id=row, timestamp="2026-01-02T10:00:00Z")
    approval = f"approve {candidates[1]['id']}"
    await stack.phone.says("imessage", second, approval, message_id=row, timestamp="2026-01-01T10:00:00Z")
    await stack.phone.says("imessage", third, f"approve {candidates[2]['id']}", message_id=row)

    decided = [(await stack.phone.until_decided(candidate["id"]))["decision"] for candidate in candidates]
    assert decided == ["rejected", "approved", "approved"]


@pytest.mark.parametrize("date", ["2026-01-01T10:00:00+00:00", "2026-01-01T11:00:00.000+01:00", 1767261600000])
def test_message_is_the_same_however_its_date_is_written(date: str | int) -> None:
    """A redelivery, an unread entry and another form of the address are one message.

    The event's own time differs.
    """

    def named(date: str | int, row: str | int, sender: str, timestamp: str) -> str:
        message = {"id": row, "text": "help", "sender": sender, "date": date}
        event = IMessageEvent.model_validate({"event": "new_message", "message": message, "timestamp": timestamp})
        read = bridged_messages.read(event, "secret", datetime.now(UTC))
        assert read
        return read.key

    first = named("2026-01-01T10:00:00Z", "14", "owner@example.com", "2026-01-01T10:00:01Z")

    assert named(date, 14, "Owner@Example.com", "2026-01-01T12:00:00Z") == first
    assert named("2026-01-01T10:00:00.001Z", "14", "owner@example.com", "2026-01-01T10:00:01Z") != first


@pytest.mark.parametrize(
    ("date", "written_at"),
    [
        (788954400000000000, datetime(2026, 1, 1, 10, tzinfo=UTC)),
        ("2026-01-01T11:00:00+01:00", datetime(2026, 1, 1, 10, tzinfo=UTC)),
        *((date, datetime(1970, 1, 1, tzinfo=UTC)) for date in ("2026-01-01T10:00:00", "Thu Jan 01 2026 11:00", "")),
        (None, None),
    ],
)
def test_message_whose_date_is_uncertain_was_written_long_ago_and_keeps_its_name(
    date: str | int | None, written_at: datetime | None
) -> None:
    """The key equals the previous version's, for redeliveries across an update."""
    message = {"id": 14, "text": "help", "sender": "owner@example.com", "date": date}
    event = IMessageEvent.model_validate({"event": "new_message", "message": message})
    read = bridged_messages.read(event, "secret", datetime.now(UTC))
    dated = "2026-01-01T10:00:00.000+00:00" if str(date).startswith("2026") else str("" if date is None else date)

    assert read
    assert read.written_at == written_at
    assert read.key == message_key(Channel.IMESSAGE, imessage_id("secret", "14", read.senders[0], dated))


async def test_bare_word_whose_date_is_uncertain_is_asked_back_and_an_id_decides(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "imessage", owner)
    await until_read(stack, "imessage", owner, candidate)
    east_of_utc = (datetime.now(UTC) + timedelta(hours=2)).replace(tzinfo=None).isoformat()

    await answer_to(stack, "imessage", owner, "approve", f"This one? {label(candidate)}", timestamp=east_of_utc)
    await stack.phone.says("imessage", owner, f"approve {candidate['id']}", timestamp=east_of_utc)

    assert (await stack.phone.until_decided(candidate["id"]))["decision"] == "approved"


async def test_texts_of_our_own_that_come_back_are_ignored(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "imessage", owner)
    await answer_to(stack, "imessage", owner, "help", "yes = post it")

    texts = await stack.phone.texts("imessage", owner)
    assert len(texts) == 2
    for text in texts:
        assert (await stack.phone.says("imessage", owner, text)).bodies == [IGNORED]
        assert (await stack.phone.says("imessage", owner, text.replace("\n", " \n"))).bodies == [IGNORED]
        assert (await stack.phone.says("imessage", owner, text, extra={"isFromMe": True})).bodies == [IGNORED]
    assert await skipped(stack, "imessage", owner, candidate)


async def test_what_an_owner_quotes_of_ours_is_answered(stack: Stack, owner: Owner) -> None:
    """Only a whole text counts, and only in the chat that got it."""
    other = Owner()
    await asked(stack, "imessage", owner)
    await asked(stack, "imessage", other)
    (text,) = await stack.phone.texts("imessage", owner)

    assert (await stack.phone.says("imessage", owner, f"{text}\n\nLooks odd")).bodies == [ACCEPTED]
    assert (await stack.phone.says("imessage", other, text)).bodies == [ACCEPTED]


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/json"])
async def test_body_is_json_whatever_the_content_type(stack: Stack, owner: Owner, content_type: str | None) -> None:
    headers = {"Authorization": f"Bearer {PHOTON_SECRET}"} | ({"Content-Type": content_type} if content_type else {})
    candidate = await asked(stack, "imessage", owner)
    body = f'{{"from": "{owner.imessage}", "text": "approve {candidate["id"]}"}}'

    response = await stack.core.http.post("/webhooks/imessage", content=body, headers=headers)

    assert (response.status_code, response.text) == (200, ACCEPTED)
    assert (await stack.phone.until_decided(candidate["id"]))["decision"] == "approved"
