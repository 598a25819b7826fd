"""Limits of Temporal's that a candidate or a reply meets: what is too large is said, and nothing of it is lost."""

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest

from domain.conversation.numbers import number_of
from domain.engine_states import EngineState
from tests.harness.asking import asked
from tests.harness.core import draft
from tests.harness.edges import twilio_posts
from tests.harness.operator import signals
from tests.harness.phone import Owner
from tests.harness.stack import PHOTON_SECRET, Stack, running_stack

MOST_BYTES = 1500
LONG = "A text that is too long. " * 60
SHORT = "A text that is short enough."


@pytest.fixture(scope="module")
async def narrow(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A gateway on a Temporal that takes little at once."""
    async with running_stack(tmp_path_factory.mktemp("narrow"), MOST_BYTES=str(MOST_BYTES)) as stack:
        yield stack


async def test_candidate_that_is_too_large_is_refused_with_its_longest_field_and_taken_when_it_is_shorter(
    narrow: Stack, owner: Owner
) -> None:
    candidate = draft(owner, proposed_text=LONG)
    refused = await narrow.core.post(candidate)
    taken = await narrow.core.post({**candidate, "proposed_text": SHORT})

    assert refused.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert int(refused.headers["Retry-After"]) > 0
    words = EngineState.TOO_LARGE.traits.words
    assert refused.json()["detail"] == f"{words}: proposed_text has {len(LONG)} characters"
    assert taken.json()["status"] == "accepted"


@pytest.mark.parametrize("named", [True, False], ids=["by number", "by search"])
async def test_owner_on_whatsapp_hears_that_a_text_is_too_long_and_a_shorter_one_counts(
    narrow: Stack, owner: Owner, *, named: bool
) -> None:
    candidate = await asked(narrow, "whatsapp", owner, platform="linkedin")
    number = number_of(candidate["id"])
    prompt = await narrow.phone.until_prompted("whatsapp", candidate["id"])
    quoted = [] if named else [("OriginalRepliedMessageSid", prompt["id"])]
    body = f"edit {number}: {LONG}" if named else f"edit: {LONG}"
    form = [("MessageSid", f"SM{uuid4().hex}"), ("From", owner.whatsapp), ("Body", body), *quoted]
    first = await twilio_posts(narrow.core.http, form)
    again = await twilio_posts(narrow.core.http, form)

    assert (first.status_code, first.text) == (again.status_code, again.text)
    assert first.status_code == httpx.codes.OK
    assert "is too long to be recorded here" in first.text
    assert f"edit {number}: your text" in first.text
    assert await signals(narrow.run_of(candidate["id"])) == []
    await narrow.phone.says("whatsapp", owner, f"edit {number}: {SHORT}")
    assert (await narrow.phone.until_decided(candidate["id"]))["final_text"] == SHORT


async def test_owner_on_imessage_hears_it_in_one_message_however_often_the_edit_comes(
    narrow: Stack, owner: Owner
) -> None:
    candidate = await asked(narrow, "imessage", owner, platform="linkedin")
    message = {"id": uuid4().hex, "from": owner.imessage, "text": f"edit {candidate['id']}: {LONG}"}
    for _ in range(2):
        headers = {"Authorization": f"Bearer {PHOTON_SECRET}"}
        assert (await narrow.core.http.post("/webhooks/imessage", json=message, headers=headers)).is_success
    await narrow.phone.until_message("imessage", owner, "is too long to be recorded here")
    await narrow.phone.says("imessage", owner, f"edit {candidate['id']}: {SHORT}")

    assert (await narrow.phone.until_decided(candidate["id"]))["final_text"] == SHORT
    refusals = [text for text in await narrow.phone.texts("imessage", owner) if "too long to be recorded" in text]
    assert len(refusals) == 1


async def test_none_of_several_is_decided_where_the_text_for_one_is_too_long(narrow: Stack, owner: Owner) -> None:
    first, second = [await asked(narrow, "whatsapp", owner, platform="linkedin") for _ in range(2)]
    numbers = [number_of(candidate["id"]) for candidate in (first, second)]
    said = await narrow.phone.says("whatsapp", owner, f"yes {numbers[0]}\nedit {numbers[1]}: {LONG}")

    assert said.statuses == [httpx.codes.OK]
    assert f"edit {numbers[1]}: your text" in str(said.words)
    for candidate in (first, second):
        assert await signals(narrow.run_of(candidate["id"])) == []


async def test_text_that_is_asked_about_is_refused_where_the_question_is_too_long(narrow: Stack, owner: Owner) -> None:
    candidate = await asked(narrow, "imessage", owner, platform="linkedin")
    await narrow.phone.says("imessage", owner, f"edit {number_of(candidate['id'])} {LONG}")

    await narrow.phone.until_message("imessage", owner, "is too long to be recorded here")
