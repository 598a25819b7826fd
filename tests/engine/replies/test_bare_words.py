"""A verdict without a name decides what the chat was told last, or leads to a question."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from adapters.redis.chats import RedisChats
from adapters.redis.connection import connect
from domain.candidate import Approver
from domain.conversation.chat_memory import Brake
from domain.conversation.subjects import Subject, Telling
from domain.decision import Outcome
from domain.temporal_names import WorkflowType
from tests.engine.replies.test_existence import TemporalCalls, message_of, replies_noting
from tests.harness.accepting import unread
from tests.harness.asking import answer_to, asked, asked_everywhere, skipped
from tests.harness.chats import chat_of, memories, until_read, until_whole
from tests.harness.edges import twilio_reports
from tests.harness.naming import label, number
from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.stack import Stack

CHANNELS = pytest.mark.parametrize("channel", ["whatsapp", "imessage"])


@CHANNELS
async def test_word_written_as_its_prompt_arrives_leads_to_a_question_and_decides_when_repeated(
    stack: Stack, owner: Owner, channel: str
) -> None:
    candidate = await asked(
        stack, channel, owner, proposed_text="We hear you. A fix is on its way, and you will like it."
    )
    await until_whole(stack, channel, owner, candidate)

    question = await answer_to(stack, channel, owner, "approve", "This one?")
    assert (await stack.core.candidate(candidate["id"]))["decision"] is None
    await until_read(stack, channel, owner, candidate)
    await stack.phone.says(channel, owner, "approve")

    assert question.startswith(f"This one? {number(candidate)} “We hear you. A fix is on its way, and…” · until ")
    assert question.splitlines()[-1] == "yes posts it · no skips it"
    assert (await stack.phone.until_decided(candidate["id"]))["decision"] == "approved"


async def test_word_dated_before_the_prompt_reached_the_chat_decides_nothing(stack: Stack, owner: Owner) -> None:
    """The Mac was asleep and delivers late; if its clock is wrong, the id still decides."""
    candidate = await asked(stack, "imessage", owner)
    await until_read(stack, "imessage", owner, candidate)
    an_hour_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat()

    await answer_to(stack, "imessage", owner, "approve", f"This one? {label(candidate)}", timestamp=an_hour_ago)
    assert (await stack.core.candidate(candidate["id"]))["decision"] is None
    await stack.phone.says("imessage", owner, f"approve {candidate['id']}", timestamp=an_hour_ago)

    assert (await stack.phone.until_decided(candidate["id"]))["decision"] == "approved"


async def test_prompt_that_arrived_before_its_send_returned_counts_even_if_many_candidates_wait(
    stack: Stack, owner: Owner
) -> None:
    first = await asked(stack, "whatsapp", owner)
    await unread(stack, 52, owner)
    await until_read(stack, "whatsapp", owner, first)
    await stack.phone.fault("twilio.messages", delay_sec=8, accept=True, match=owner.whatsapp, times=1)
    second = await stack.core.accepted(owner)
    await stack.phone.until_prompted("whatsapp", second["id"])

    (words,) = (await stack.phone.says("whatsapp", owner, "approve")).words

    assert words.startswith("Which one?")
    assert number(first) in words
    assert number(second) in words


async def test_send_that_certainly_failed_does_not_stop_a_bare_word(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner)
    await stack.phone.fault("twilio.messages", status=429, match=owner.whatsapp, headers={"Retry-After": "600"})
    postponed = await stack.core.accepted(owner)
    await until(lambda: stack.phone.attempts("twilio.messages", contains=postponed["id"]))
    await until_read(stack, "whatsapp", owner, candidate)
    (words,) = (await stack.phone.says("whatsapp", owner, "approve")).words

    assert words == f"Got it: post {label(candidate)}"


async def test_gateway_without_its_memory_asks_and_an_id_decides(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner)
    await until_read(stack, "whatsapp", owner, candidate)
    async with Redis.from_url(stack.environment["REDIS_URL"]) as redis:
        await redis.flushall()

    asked_back = [await stack.phone.says("whatsapp", owner, "approve") for _ in range(2)]
    by_id = await stack.phone.says("whatsapp", owner, f"approve {candidate['id']}")

    for said in asked_back:
        first, last = said.words[0].splitlines()
        assert first.startswith(f"This one? {label(candidate)}")
        assert last == f"Send yes {number(candidate)}"
    assert by_id.words == [f"Got it: post {label(candidate)}"]


async def test_bare_word_never_decides_a_prompt_with_a_failed_part(stack: Stack, owner: Owner) -> None:
    candidate, chat = await stack.core.accepted(owner, proposed_text="word " * 400), chat_of("whatsapp", owner)
    first = await stack.phone.until_message("whatsapp", owner, "(1/")
    await until_read(stack, "whatsapp", owner, candidate)
    async with memories(stack) as chats:
        remembered = await chats.recall([chat])
        assert await twilio_reports(stack, candidate["id"], first["id"], "undelivered") == 204

        async def failed() -> bool:
            (whatsapp, _) = (await stack.core.candidate(candidate["id"]))["prompts"]
            return bool(whatsapp["standing"] == "failed")

        await until(failed)
        assert remembered
        for key, shown in remembered.shown:  # as if Redis had lost the note of the failure
            await chats.begin(chat, key, Subject(shown.candidate_id, shown.telling))
            await chats.arrive(chat, key)
    await until_read(stack, "whatsapp", owner, candidate)

    (words,) = (await stack.phone.says("whatsapp", owner, "approve")).words

    assert words.endswith(f"send more {number(candidate)}")
    assert await skipped(stack, "whatsapp", owner, candidate)


async def test_open_candidate_is_found_behind_many_that_ended(stack: Stack, owner: Owner) -> None:
    candidate, chat = await asked(stack, "whatsapp", owner), chat_of("whatsapp", owner)
    await until_whole(stack, "whatsapp", owner, candidate)
    async with memories(stack) as chats:
        for nth in range(12):
            id_ = f"{candidate['id']}_{nth}"
            await chats.begin(chat, f"{id_}/prompt/whatsapp/1/1", Subject(id_, Telling.WHOLE))

    (words,) = (await stack.phone.says("whatsapp", owner, "approve")).words

    assert words.startswith(f"This one? {number(candidate)}")


async def test_api_without_a_clock_comparison_calls_nothing_too_late(stack: Stack, owner: Owner) -> None:
    candidate, chat = await asked(stack, "whatsapp", owner), chat_of("whatsapp", owner)
    await until_read(stack, "whatsapp", owner, candidate)
    tomorrow = datetime.now(UTC) + timedelta(days=1)

    async with memories(stack) as chats:
        replies = await replies_noting(stack, TemporalCalls(), chats)
        answer = await replies.take(replace(message_of(chat, "approve"), received_at=tomorrow))

    assert answer == (f"Got it: post {label(candidate)}",)
    assert (await stack.phone.until_decided(candidate["id"]))["decision"] == "approved"


async def test_message_is_noted_in_all_chats_of_a_person_at_once(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "imessage", owner)
    senders = (chat_of("imessage", owner), *(chat_of("imessage", Owner()) for _ in range(3)))

    async with connect(stack.environment["REDIS_URL"]) as redis:
        chats = _MeetingChats(redis, len(senders))
        replies = await replies_noting(stack, TemporalCalls(), chats)
        said = replace(message_of(senders[0], f"approve {candidate['id']}"), senders=senders)
        async with asyncio.timeout(60):  # otherwise they would wait for each other forever
            assert await replies.take(said)

        recollection = await chats.recall(senders)
    assert recollection
    assert all(chat.verdict for chat in recollection.chats)


class _MeetingChats(RedisChats):
    """Notes verdicts only once `number` of them wait to be noted."""

    def __init__(self, redis: Redis, number: int) -> None:
        super().__init__(redis)
        self._barrier = asyncio.Barrier(number)

    async def hear(self, chat: Approver, outcome: Outcome | None = None, candidate_id: str | None = None) -> None:
        await self._barrier.wait()
        await super().hear(chat, outcome, candidate_id)


async def test_verdict_that_might_correct_the_last_one_leads_to_a_question(stack: Stack, owner: Owner) -> None:
    before = await asked(stack, "whatsapp", owner)
    await stack.phone.says("whatsapp", owner, f"approve {before['id']}")
    await stack.phone.until_decided(before["id"])
    candidate = await asked(stack, "whatsapp", owner)
    await until_read(stack, "whatsapp", owner, candidate)

    (words,) = (await stack.phone.says("whatsapp", owner, "skip")).words

    assert words.startswith(f"This one? {number(candidate)}")
    assert await skipped(stack, "whatsapp", owner, candidate)


async def test_question_says_what_was_decided_elsewhere(stack: Stack, owner: Owner) -> None:
    elsewhere, candidate = [await asked_everywhere(stack, "whatsapp", owner) for _ in range(2)]
    await stack.phone.fault("twilio.messages", status=429, match=owner.whatsapp, headers={"Retry-After": "600"})
    await stack.phone.says("imessage", owner, f"skip {elsewhere['id']}")
    await stack.phone.until_decided(elsewhere["id"])

    (words,) = (await stack.phone.says("whatsapp", owner, "approve")).words

    first, second, _ = words.splitlines()
    assert first.startswith(f"This one? {label(candidate)}")
    assert second == f"{label(elsewhere)}: skipped on iMessage."
    assert await skipped(stack, "whatsapp", owner, candidate)


async def test_quotation_that_names_no_prompt_decides_nothing(stack: Stack, owner: Owner) -> None:
    """Twilio omits the id of a message that is older than seven days."""
    candidate = await asked(stack, "whatsapp", owner)
    await until_read(stack, "whatsapp", owner, candidate)

    for quotation in (
        {"extra": {"OriginalRepliedMessageSender": "whatsapp:+14155238886"}},
        {"quoted": f"SM{'0' * 32}"},
    ):
        (words,) = (await stack.phone.says("whatsapp", owner, "approve", **quotation)).words
        assert words.startswith("Nothing was decided"), quotation
        await until_read(stack, "whatsapp", owner, candidate)

    assert await skipped(stack, "whatsapp", owner, candidate)


@CHANNELS
async def test_robot_gets_five_answers_and_its_owner_can_still_decide(stack: Stack, owner: Owner, channel: str) -> None:
    candidate = await asked(stack, channel, owner)
    before = await _started(stack)

    said = [await stack.phone.says(channel, owner, "I am on holiday.") for _ in range(8)]
    said += await asyncio.gather(*(stack.phone.says(channel, owner, "I am on holiday.") for _ in range(12)))

    answered = (
        [one for one in said if one.words != [""]]
        if channel == "whatsapp"
        else [one for one in said if "accepted" in one.bodies[0]]
    )
    assert len(answered) == Brake.UNKNOWN_WORDS.most
    assert await skipped(stack, channel, owner, candidate)
    await until(lambda: _started(stack), lambda started: started >= before + Brake.UNKNOWN_WORDS.most)
    async with memories(stack) as chats:
        recollection = await chats.recall([chat_of(channel, owner)])
    assert recollection
    assert len(recollection.chats[0].answers) == Brake.UNKNOWN_WORDS.most


async def test_robot_gets_no_more_answers_by_writing_concurrently(stack: Stack, owner: Owner) -> None:
    await asked(stack, "whatsapp", owner)

    said = await asyncio.gather(*(stack.phone.says("whatsapp", owner, "I am on holiday.") for _ in range(8)))

    assert sum(one.words != [""] for one in said) == Brake.UNKNOWN_WORDS.most


async def test_questions_get_a_looser_brake(stack: Stack, owner: Owner) -> None:
    first, second = [await asked(stack, "whatsapp", owner) for _ in range(2)]

    said = [await stack.phone.says("whatsapp", owner, "approve") for _ in range(23)]

    assert [one.words != [""] for one in said] == [True] * Brake.QUESTIONS.most + [False] * 3
    for candidate in (first, second):
        assert await skipped(stack, "whatsapp", owner, candidate)


async def _started(stack: Stack) -> int:
    return (await stack.client.count_workflows(f"WorkflowType = '{WorkflowType.REPLY}'")).count
