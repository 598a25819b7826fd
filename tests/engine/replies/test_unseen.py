"""No approval counts in a chat that was not shown the candidate, or not all of it."""

import pytest
from redis.asyncio import Redis

from domain.conversation.subjects import Subject, Telling
from domain.temporal_names import SignalName
from tests.harness.asking import asked, asked_everywhere, skipped
from tests.harness.brands import StackBrands, section
from tests.harness.chats import chat_of, memories, until_whole
from tests.harness.core import CandidateBody
from tests.harness.naming import label, number
from tests.harness.operator import until_found
from tests.harness.phone import Owner
from tests.harness.stack import Stack
from workflows.search_attributes import IS_UNDECIDED


async def _signals(stack: Stack, candidate_id: str) -> list[str]:
    history = await stack.run_of(candidate_id).fetch_history()
    signaled = [e.workflow_execution_signaled_event_attributes.signal_name for e in history.events]
    return [name for name in signaled if name]


@pytest.mark.parametrize("verb", ["skip", "edit"])
async def test_naming_a_draft_that_was_never_shown_shows_it_and_decides_nothing(
    stack: Stack, owner: Owner, brands_file: StackBrands, verb: str
) -> None:
    brand_id = f"b_unseen_{verb}"
    await brands_file.becomes(section(brand_id, owner, more="min_spacing_sec = 600"))
    await asked(stack, "whatsapp", owner, brand_id=brand_id)
    unseen, other = [await asked_everywhere(stack, "", owner, brand_id=brand_id) for _ in range(2)]

    by_id = await stack.phone.says("whatsapp", owner, f"approve {unseen['id']}")
    again = await stack.phone.says("whatsapp", owner, f"approve {unseen['id']}", message_id=by_id.message_id)
    by_number = await stack.phone.says("whatsapp", owner, f"{verb} {number(other)}")

    assert by_id.words == again.words == [f"Here is {label(unseen)}"]
    assert by_number.words == [f"Here is {label(other)}"]
    for candidate in (unseen, other):
        assert (await _signals(stack, candidate["id"])).count(SignalName.SHOW) == 1
        assert SignalName.REPLY not in await _signals(stack, candidate["id"])


async def test_redelivered_approval_that_brought_the_prompt_decides_nothing_after_redis_was_lost(
    stack: Stack, owner: Owner, brands_file: StackBrands
) -> None:
    await brands_file.becomes(section("b_forgotten", owner, more="min_spacing_sec = 600"))
    await asked(stack, "whatsapp", owner, brand_id="b_forgotten")
    unseen = await asked_everywhere(stack, "", owner, brand_id="b_forgotten")
    first = await stack.phone.says("whatsapp", owner, f"approve {unseen['id']}")
    await until_whole(stack, "whatsapp", owner, unseen)
    async with Redis.from_url(stack.environment["REDIS_URL"]) as redis:
        await redis.flushall()

    again = await stack.phone.says("whatsapp", owner, f"approve {unseen['id']}", message_id=first.message_id)

    assert again.words == first.words == [f"Here is {label(unseen)}"]
    assert SignalName.REPLY not in await _signals(stack, unseen["id"])
    assert await skipped(stack, "whatsapp", owner, unseen)


async def test_draft_shown_in_part_can_be_skipped_and_not_approved(stack: Stack, owner: Owner) -> None:
    candidate = await _in_part(stack, owner)

    (words,) = (await stack.phone.says("whatsapp", owner, f"yes {number(candidate)}")).words

    assert words.startswith(f"Nothing was decided: you have not seen all of {label(candidate)}")
    assert SignalName.REPLY not in await _signals(stack, candidate["id"])
    assert await skipped(stack, "whatsapp", owner, candidate)


async def test_draft_shown_in_part_is_offered_to_be_shown_whole(stack: Stack, owner: Owner) -> None:
    candidate = await _in_part(stack, owner)

    for text in ("yes", "ok", "Hm, well", "yes, but shorter", "undo", "approve all"):
        (words,) = (await stack.phone.says("whatsapp", owner, text)).words
        assert f"send more {number(candidate)}" in words, text
        assert f"yes {number(candidate)}" not in words, text

    assert await skipped(stack, "whatsapp", owner, candidate)


async def test_candidate_that_waits_to_be_asked_counts_as_open(
    stack: Stack, owner: Owner, brands_file: StackBrands
) -> None:
    await brands_file.becomes(section("b_waits", owner, more="min_spacing_sec = 600"))
    first = await asked(stack, "whatsapp", owner, brand_id="b_waits")
    unseen = await asked_everywhere(stack, "", owner, brand_id="b_waits")
    assert await skipped(stack, "whatsapp", owner, first)
    await until_found(stack.client, f"BrandId = 'b_waits' AND {IS_UNDECIDED}")

    (answer,) = (await stack.phone.says("whatsapp", owner, "yes")).words
    (listed,) = (await stack.phone.says("whatsapp", owner, "list")).words

    assert answer.splitlines()[-1].startswith("1 draft is open that you were not asked about here yet.")
    assert listed.startswith(f"{number(unseen)} · ")


async def _in_part(stack: Stack, owner: Owner) -> CandidateBody:
    """Returns a candidate of which the chat remembers only a part."""
    candidate, chat = await asked(stack, "whatsapp", owner), chat_of("whatsapp", owner)
    async with memories(stack) as chats:
        recollection = await chats.recall([chat])
        assert recollection
        for key, shown in recollection.shown:
            await chats.begin(chat, key, Subject(shown.candidate_id, Telling.PART))
    return candidate
