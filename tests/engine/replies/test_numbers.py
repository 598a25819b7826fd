"""Candidates are named by number: one, one of two with the same number, or several at once."""

from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import OutboundInterceptor

from domain.conversation.numbers import longer_number, number_of
from tests.engine.replies.test_existence import TemporalCalls, message_of, replies_noting
from tests.harness.asking import answer_to, asked, asked_everywhere, skipped
from tests.harness.chats import chat_of, memories
from tests.harness.core import CandidateBody
from tests.harness.naming import label, number
from tests.harness.phone import Owner
from tests.harness.stack import Stack

CHANNELS = pytest.mark.parametrize("channel", ["whatsapp", "imessage"])


def twins() -> tuple[str, str]:
    """Returns two new ids with the same number."""
    seen: dict[str, str] = {}
    unique = uuid4().hex[:8]
    for nth in count():
        id_ = f"cr_{unique}_{nth}"
        if other := seen.get(number_of(id_)):
            return other, id_
        seen[number_of(id_)] = id_
    raise AssertionError


@CHANNELS
async def test_number_decides_one_of_several_and_nothing_else_on_redelivery(
    stack: Stack, owner: Owner, channel: str
) -> None:
    first, second = [await asked(stack, channel, owner) for _ in range(2)]
    message_id = f"SM{uuid4().hex}" if channel == "whatsapp" else uuid4().hex

    before = await stack.phone.says(channel, owner, f"yes {number(first)}", message_id=message_id, times=2)
    await stack.phone.until_decided(first["id"])
    after = await stack.phone.says(channel, owner, f"yes {number(first)}", message_id=message_id)

    assert after.bodies == before.bodies[:1]
    assert [d["decision"] for d in await stack.phone.decisions(first["id"])] == ["approved"]
    assert await skipped(stack, channel, owner, second)


async def test_number_shared_by_two_candidates_decides_neither_and_six_digits_decide(
    stack: Stack, owner: Owner
) -> None:
    one, other = [await asked(stack, "imessage", owner, id=id_) for id_ in twins()]

    question = await answer_to(stack, "imessage", owner, f"yes {number(one)}", "Which one?")
    await stack.phone.says("imessage", owner, f"yes {longer_number(one['id'])}")

    for candidate in (one, other):
        assert longer_number(candidate["id"]) in question
    assert (await stack.phone.until_decided(one["id"]))["decision"] == "approved"
    assert await skipped(stack, "imessage", owner, other)


async def test_number_of_somebody_elses_candidate_names_nothing(stack: Stack, owner: Owner) -> None:
    target = await asked(stack, "whatsapp", Owner())
    own = await asked(stack, "whatsapp", owner)

    (words,) = (await stack.phone.says("whatsapp", owner, f"yes {number(target)}")).words

    assert words.startswith("Nothing was decided")
    assert target["proposed_text"] not in words
    assert (await stack.core.candidate(target["id"]))["decision"] is None
    assert await skipped(stack, "whatsapp", owner, own)


async def test_number_of_a_decided_draft_learns_how_it_ended(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner)
    assert await skipped(stack, "whatsapp", owner, candidate)

    (words,) = (await stack.phone.says("whatsapp", owner, f"yes {number(candidate)}")).words

    assert words == f"{label(candidate)}: already skipped on WhatsApp. Your message changes nothing."


async def test_several_are_decided_by_one_message_with_one_answer(stack: Stack, owner: Owner) -> None:
    first, second, third = [await asked(stack, "whatsapp", owner) for _ in range(3)]
    text = f"approve {number(first)} {number(second)}"

    said = await stack.phone.says("whatsapp", owner, text)

    assert said.words == [f"Got it: post these 2\n{label(first)}\n{label(second)}"]
    for candidate in (first, second):
        assert (await stack.phone.until_decided(candidate["id"]))["decision"] == "approved"
    again = await stack.phone.says("whatsapp", owner, text, message_id=said.message_id)
    assert again.words == said.words
    assert await skipped(stack, "whatsapp", owner, third)


class _Ending(TemporalCalls):
    """Has a candidate skipped elsewhere, and its run end, before an understanding is bound."""

    def __init__(self, stack: Stack, owner: Owner, candidate: CandidateBody) -> None:
        super().__init__()
        self._stack, self._owner, self._candidate = stack, owner, candidate

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002  # the SDK's name
        return _EndingFirst(next, self._end)

    async def _end(self) -> None:
        assert await skipped(self._stack, "imessage", self._owner, self._candidate)
        await self._stack.run_of(self._candidate["id"]).result()


class _EndingFirst(OutboundInterceptor):
    def __init__(self, following: OutboundInterceptor, end: Callable[[], Awaitable[None]]) -> None:
        super().__init__(following)
        self._end = end

    async def start_workflow(self, input: Any) -> Any:  # noqa: A002  # the SDK's name
        await self._end()
        return await super().start_workflow(input)


async def test_bare_words_still_decide_after_one_of_several_ended_meanwhile(stack: Stack, owner: Owner) -> None:
    over, taken = [await asked_everywhere(stack, "whatsapp", owner) for _ in range(2)]
    chat, text = chat_of("whatsapp", owner), f"approve {number(over)} {number(taken)}"

    async with memories(stack) as chats:
        replies = await replies_noting(stack, _Ending(stack, owner, over), chats)
        answer = await replies.take(message_of(chat, text))
        recollection = await chats.recall([chat])

    assert answer
    assert f"{label(over)}: already skipped on iMessage." in answer[0]
    assert recollection
    assert recollection.untold == []
    assert (await stack.phone.until_decided(taken["id"]))["decision"] == "approved"


async def test_one_unclear_number_among_several_means_that_nothing_is_decided(stack: Stack, owner: Owner) -> None:
    first, second = [await asked(stack, "whatsapp", owner) for _ in range(2)]
    unknown = next(str(n) for n in range(2100, 9999) if str(n) not in {number(first), number(second)})

    (words,) = (await stack.phone.says("whatsapp", owner, f"approve {number(first)} {unknown}")).words

    assert words.splitlines()[0].startswith("Nothing was decided")
    assert any(line.startswith(unknown) for line in words.splitlines())
    for candidate in (first, second):
        assert await skipped(stack, "whatsapp", owner, candidate)


async def test_all_decides_nothing_and_offers_the_message_that_would(stack: Stack, owner: Owner) -> None:
    first, second = [await asked(stack, "whatsapp", owner) for _ in range(2)]

    (words,) = (await stack.phone.says("whatsapp", owner, "skip all")).words
    offered = words.splitlines()[0].partition("send ")[2]
    await stack.phone.says("whatsapp", owner, offered)

    assert words.startswith("Nothing was decided")
    for candidate in (first, second):
        assert (await stack.phone.until_decided(candidate["id"]))["decision"] == "rejected"
