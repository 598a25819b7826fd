"""Messages that decide nothing cost few searches, workflows and answers."""

from dataclasses import replace
from uuid import uuid4

from domain.conversation.chat_memory import Brake
from domain.reading.owners_message import Obstacle
from tests.engine.replies.test_existence import TemporalCalls, message_of, replies_noting
from tests.harness.asking import asked
from tests.harness.chats import chat_of, memories, until_read
from tests.harness.naming import label
from tests.harness.phone import Owner
from tests.harness.stack import Stack

MANY = 50


async def test_fifty_messages_from_a_stranger_cost_one_search_and_no_answer(stack: Stack) -> None:
    calls, stranger = TemporalCalls(), chat_of("whatsapp", Owner())

    async with memories(stack) as chats:
        replies = await replies_noting(stack, calls, chats)
        answers = [await replies.take(message_of(stranger, f"Hello? {number}")) for number in range(MANY)]

    assert answers == [None] * MANY
    assert calls.names == ["list_workflows 1"]


async def test_fifty_messages_of_an_owners_robot_cost_five_searches_five_workflows_and_five_answers(
    stack: Stack, owner: Owner
) -> None:
    calls = TemporalCalls()
    await asked(stack, "whatsapp", owner)

    async with memories(stack) as chats:
        replies = await replies_noting(stack, calls, chats)
        robot = chat_of("whatsapp", owner)
        answers = [await replies.take(message_of(robot, f"On holiday. {uuid4()}")) for _ in range(MANY)]

    assert sum(answer is not None for answer in answers) == 5
    assert calls.names == ["list_workflows 50", "start_workflow"] * 5


async def test_owner_who_sends_what_cannot_decide_gets_the_looser_brake(stack: Stack, owner: Owner) -> None:
    await asked(stack, "whatsapp", owner)

    async with memories(stack) as chats:
        replies = await replies_noting(stack, TemporalCalls(), chats)
        picture = message_of(chat_of("whatsapp", owner), "")
        pictures = [
            replace(picture, key=f"{picture.key}-{number}", may_decide=False, obstacle=Obstacle.NO_TEXT)
            for number in range(Brake.QUESTIONS.most + 2)
        ]
        answers = [await replies.take(each) for each in pictures]

    assert [answer is not None for answer in answers] == [True] * Brake.QUESTIONS.most + [False] * 2


async def test_bare_word_costs_one_search_and_one_description(stack: Stack, owner: Owner) -> None:
    calls = TemporalCalls()
    candidate = await asked(stack, "whatsapp", owner)
    await until_read(stack, "whatsapp", owner, candidate)

    async with memories(stack) as chats:
        replies = await replies_noting(stack, calls, chats)
        answer = await replies.take(message_of(chat_of("whatsapp", owner), "approve"))

    assert answer == (f"Got it: post {label(candidate)}",)
    assert calls.names == ["list_workflows 50", "describe_workflow", "start_workflow"]


async def test_word_that_names_its_candidate_costs_no_search(stack: Stack, owner: Owner) -> None:
    calls = TemporalCalls()
    candidate = await asked(stack, "whatsapp", owner)

    async with memories(stack) as chats:
        replies = await replies_noting(stack, calls, chats)
        await replies.take(message_of(chat_of("whatsapp", owner), f"approve {candidate['id']}"))

    assert calls.names == ["describe_workflow"]


async def test_message_with_more_numbers_than_anybody_is_asked_about_costs_no_search(
    stack: Stack, owner: Owner
) -> None:
    calls = TemporalCalls()
    await asked(stack, "whatsapp", owner)

    async with memories(stack) as chats:
        replies = await replies_noting(stack, calls, chats)
        numbers = " ".join(map(str, range(2100, 2490)))
        answer = await replies.take(message_of(chat_of("whatsapp", owner), f"yes {numbers}"))

    words = "Nothing was decided: your message has 390 numbers, and 15 can be answered at once. Send fewer."
    assert answer == (words,)
    assert calls.names == ["start_workflow"]
