"""Answers on iMessage, which are messages, while no worker runs; and replies around a deadline."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from tests.harness.asking import answer_to, asked, asked_everywhere, skipped
from tests.harness.core import CandidateBody
from tests.harness.naming import label, number
from tests.harness.phone import Delivered, Owner
from tests.harness.processes import until, until_clock
from tests.harness.stack import Stack

_ANSWERS = ("yes = post it", "Nothing was decided: that was not understood")
"""How the answers to `help` and to an unknown text begin."""


@dataclass
class Case:
    owner: Owner
    candidate: CandidateBody


@dataclass
class WorkersOutage:
    """An outage of the workers that outlasts a deadline: who wrote, and about what."""

    decided: Case
    unknown: Case
    ambiguous: Case
    in_time: Case
    too_late: Case
    eager: Case
    too_late_on_whatsapp: Delivered


async def _case(stack: Stack, deadline_sec: int = 900) -> Case:
    owner = Owner()
    return Case(owner, await asked_everywhere(stack, "imessage", owner, deadline_sec=deadline_sec))


async def _write(stack: Stack, case: Case, text: str) -> None:
    """Writes on iMessage; the sidecar delivers the message twice."""
    said = await stack.phone.says("imessage", case.owner, text.format(**case.candidate), times=2)
    assert said.bodies == ['{"status":"accepted"}'] * 2


async def _help_times(stack: Stack, case: Case) -> list[float]:
    messages = await stack.phone.messages("imessage", case.owner)
    return [
        float(message["at"])
        for message in messages
        if message["text"].startswith(("yes = post it", "Nothing was decided: that was not understood"))
    ]


@pytest.fixture(scope="module")
async def outage(shared_stack: Stack) -> WorkersOutage:
    stack = shared_stack
    decided, unknown, ambiguous, eager = await asyncio.gather(*(_case(stack) for _ in range(4)))
    await asked_everywhere(stack, "imessage", ambiguous.owner)
    assert await skipped(stack, "imessage", decided.owner, decided.candidate)
    in_time, too_late = await asyncio.gather(_case(stack, deadline_sec=10), _case(stack, deadline_sec=10))
    deadline = datetime.fromisoformat((await stack.core.candidate(too_late.candidate["id"]))["deadline"])
    await _write(stack, eager, "help")
    await _write(stack, eager, "What?")
    await until_clock(deadline - timedelta(seconds=3))
    assert len(await _help_times(stack, eager)) == 1
    await stack.worker.stop()
    try:
        await _write(stack, in_time, "approve {id}")
        await _write(stack, decided, "approve {id}")
        await _write(stack, unknown, "approve cr_unknown")
        await _write(stack, ambiguous, "approve")
        await until_clock(
            deadline + timedelta(seconds=2)
        )  # past the doubtful time, for which the edge lets the run decide
        await _write(stack, too_late, "approve {id}")
        verdict = f"approve {too_late.candidate['id']}"
        on_whatsapp = await stack.phone.says("whatsapp", too_late.owner, verdict)
    finally:
        await stack.worker.start()
    return WorkersOutage(decided, unknown, ambiguous, in_time, too_late, eager, on_whatsapp)


async def _answer(stack: Stack, case: Case, contains: str) -> str:
    """Returns the only message with these words, once a later message has also arrived."""
    await stack.phone.until_message("imessage", case.owner, contains)
    later = await asked(stack, "imessage", case.owner)
    texts = await stack.phone.texts("imessage", case.owner)
    assert number(later) in texts[-1].splitlines()[0]
    (answer,) = [text for text in texts if contains in text]
    return answer


@pytest.mark.faults
async def test_late_reply_is_answered_once(stack: Stack, outage: WorkersOutage) -> None:
    answer = await _answer(stack, outage.decided, "Your message changes nothing")

    assert answer == f"{label(outage.decided.candidate)}: already skipped on iMessage. Your message changes nothing."


async def test_unknown_id_is_answered_once_with_help(stack: Stack, outage: WorkersOutage) -> None:
    answer = await _answer(stack, outage.unknown, "Nothing was decided")

    assert number(outage.unknown.candidate) in answer


async def test_ambiguous_reply_is_answered_once_with_the_ids(stack: Stack, outage: WorkersOutage) -> None:
    answer = await _answer(stack, outage.ambiguous, "Which one?")

    assert number(outage.ambiguous.candidate) in answer
    assert await skipped(stack, "imessage", outage.ambiguous.owner, outage.ambiguous.candidate)


async def test_reply_received_in_time_decides_even_if_it_is_read_after_the_deadline(
    stack: Stack, outage: WorkersOutage
) -> None:
    candidate_id = outage.in_time.candidate["id"]

    await _answer(stack, outage.in_time, f"Approved: {label(outage.in_time.candidate)}")

    assert [d["decision"] for d in await stack.phone.decisions(candidate_id)] == ["approved"]


async def test_late_reply_on_imessage_does_not_count_even_if_nothing_is_decided(
    stack: Stack, outage: WorkersOutage
) -> None:
    candidate_id = outage.too_late.candidate["id"]

    on_imessage = await _answer(stack, outage.too_late, "Your message changes nothing")

    assert on_imessage.startswith(f"Too late for {label(outage.too_late.candidate)}: it ended ")
    assert outage.too_late_on_whatsapp.words == [on_imessage]
    assert [d["decider"] for d in await stack.phone.decisions(candidate_id)] == ["system:timeout"]


async def test_second_answer_arrives_ten_seconds_after_the_first(stack: Stack, outage: WorkersOutage) -> None:
    first, second = await until(lambda: _help_times(stack, outage.eager), lambda times: len(times) > 1)

    assert second - first > 9.5, "slots are ten seconds apart; a message can travel a little faster than the one before"


async def _answers(stack: Stack, owner: Owner, begins: str) -> list[str]:
    return [text for text in await stack.phone.texts("imessage", owner) if text.startswith(begins)]


@pytest.mark.faults
async def test_only_the_newest_of_waiting_answers_that_say_the_same_is_sent(stack: Stack, owner: Owner) -> None:
    """A redelivery of an older message does not change that."""
    first = await asked(stack, "imessage", owner)
    message_id = uuid4().hex
    await answer_to(stack, "imessage", owner, "help", _ANSWERS[0])
    await stack.phone.says("imessage", owner, "What?", message_id=message_id)
    await stack.phone.says("imessage", owner, "approve cr_unknown")
    second = await asked(stack, "imessage", owner)
    await stack.phone.says("imessage", owner, "Hello?")
    await stack.phone.says("imessage", owner, "What?", message_id=message_id)

    await answer_to(stack, "imessage", owner, "list", f"{number(second)} · ")

    (answer,) = await _answers(stack, owner, _ANSWERS[1])
    assert number(first) in answer
    assert number(second) in answer
    assert len(await _answers(stack, owner, "Nothing was decided: no draft here has")) == 1


@pytest.mark.faults
async def test_question_about_a_draft_decided_meanwhile_is_not_sent(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "imessage", owner)
    await answer_to(stack, "imessage", owner, "help", _ANSWERS[0])
    await stack.phone.says("imessage", owner, "ok")
    await stack.phone.says("imessage", owner, "What?")
    assert await skipped(stack, "imessage", owner, candidate)

    await stack.phone.until_message("imessage", owner, f"Skipped: {label(candidate)}")
    await answer_to(stack, "imessage", owner, "list", "Nothing is open.")

    assert await _answers(stack, owner, "Nothing was decided") == []
