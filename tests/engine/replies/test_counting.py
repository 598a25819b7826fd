"""Operators see replies that decided nothing: as a metric, and as a log line without the words."""

import json
from collections import Counter
from typing import Any

import pytest

from domain.conversation.chat_memory import Brake
from domain.identifiers import owner_hash
from domain.temporal_names import WorkflowType
from tests.harness.asking import answer_to, asked
from tests.harness.chats import chat_of, pass_time, until_whole
from tests.harness.naming import number
from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.scrape import scrape
from tests.harness.stack import CORE_SECRET, Stack

NOT_UNDERSTOOD = "gateway_replies_not_understood_total"
ON_WHATSAPP = {
    "When is lunch": "unknown_words",
    "edit something nicer": "new_text",
    "yes 9999": "which_one",
    "approve all": "which_one",
    "ok": "acknowledgement",
    "yes, but shorter": "hedge",
    "approve?": "unsure",
    "skp": "misspelt",
}
ON_IMESSAGE: dict[str, dict[str, Any]] = {
    "text_message": {"service": "SMS"},
    "reaction": {"reaction": {"kind": "like"}},
    "no_text": {"attachments": [{"mimeType": "image/heic"}]},
}


async def counted(stack: Stack) -> Counter[tuple[str, str]]:
    """Returns how many replies were not understood, by channel and kind."""
    scraped = await scrape(f"{stack.gateway_url}/metrics")
    return Counter(
        {
            (sample.labels["channel"], sample.labels["kind"]): int(sample.value)
            for family in scraped.families
            for sample in family.samples
            if sample.name == NOT_UNDERSTOOD
        }
    )


@pytest.mark.parametrize(("text", "kind"), ON_WHATSAPP.items())
async def test_reply_that_is_not_understood_is_counted_by_its_kind(
    stack: Stack, owner: Owner, text: str, kind: str
) -> None:
    await asked(stack, "whatsapp", owner)
    before = await counted(stack)

    await stack.phone.says("whatsapp", owner, text)

    assert await counted(stack) - before == Counter({("whatsapp", kind): 1})


@pytest.mark.parametrize(("kind", "extra"), ON_IMESSAGE.items())
async def test_message_that_cannot_decide_is_counted_by_its_obstacle(
    stack: Stack, owner: Owner, kind: str, extra: dict[str, Any]
) -> None:
    await asked(stack, "imessage", owner)
    before = await counted(stack)

    await answer_to(stack, "imessage", owner, "approve", "Nothing was decided", extra=extra)

    assert await counted(stack) - before == Counter({("imessage", kind): 1})


async def test_text_that_answers_a_prompt_is_counted_and_a_no_that_drops_it_is_not(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner)
    prompt = await stack.phone.until_prompted("whatsapp", candidate["id"])
    before = await counted(stack)

    await stack.phone.says("whatsapp", owner, "We are on it, and will tell you more.", quoted=prompt["id"])
    await pass_time(stack, chat_of("whatsapp", owner), seconds=4)
    (words,) = (await stack.phone.says("whatsapp", owner, "no")).words

    assert words.startswith("Dropped. ")
    assert await counted(stack) - before == Counter({("whatsapp", "new_text"): 1})


async def test_understood_message_is_not_counted(stack: Stack, owner: Owner) -> None:
    """Requests, thanks, consent, verdicts in time or too late, and strangers do not count."""
    first, second = [await asked(stack, "whatsapp", owner) for _ in range(2)]
    await until_whole(stack, "whatsapp", owner, second)
    before = await counted(stack)

    for text in ("help", "list", f"show {number(first)}", "thanks", "later", "undo", f"skip {number(first)}"):
        await stack.phone.says("whatsapp", owner, text)
    await stack.phone.until_decided(first["id"])
    await stack.phone.says("whatsapp", owner, f"yes {number(first)}")
    await stack.phone.says("whatsapp", Owner(), "When is lunch")
    for text in ("stop", "start"):
        await stack.phone.says("whatsapp", owner, text)

    assert await counted(stack) - before == Counter()


async def test_message_that_gets_no_answer_is_counted_only_by_its_brake(stack: Stack, owner: Owner) -> None:
    await asked(stack, "whatsapp", owner)
    before, quiet = await counted(stack), await unanswered(stack)

    for _ in range(Brake.UNKNOWN_WORDS.most + 3):
        await stack.phone.says("whatsapp", owner, "I am on holiday.")

    assert await counted(stack) - before == Counter({("whatsapp", "unknown_words"): Brake.UNKNOWN_WORDS.most})
    assert await unanswered(stack) == quiet + 3


async def test_log_identifies_the_owner_by_hash_and_contains_no_word_of_theirs(stack: Stack, owner: Owner) -> None:
    await asked(stack, "whatsapp", owner)
    hashed = owner_hash(CORE_SECRET, chat_of("whatsapp", owner))

    for _ in range(Brake.UNKNOWN_WORDS.most + 1):
        said = await stack.phone.says("whatsapp", owner, "When is lunch")

    lines = await until(lambda: logged(stack, hashed), lambda lines: len(lines) == Brake.UNKNOWN_WORDS.most + 1)
    assert [line["event"] for line in lines] == [
        *["reply_not_understood"] * Brake.UNKNOWN_WORDS.most,
        "message_left_unanswered",
    ]
    assert lines[0].items() >= {"kind": "unknown_words", "channel": "whatsapp"}.items()
    run = await stack.client.get_workflow_handle(lines[0]["workflow_id"]).describe()
    assert run.workflow_type == WorkflowType.REPLY
    assert said.words == [""]
    assert "lunch" not in stack.api.output
    assert owner.whatsapp not in stack.api.output


async def unanswered(stack: Stack) -> float:
    scraped = await scrape(f"{stack.gateway_url}/metrics")
    return scraped.value("gateway_unanswered_messages_total", brake=Brake.UNKNOWN_WORDS)


async def logged(stack: Stack, owner: str) -> list[dict[str, Any]]:
    """Returns the lines of the api's log that name an owner."""
    lines = [json.loads(line) for line in stack.api.output.splitlines() if owner in line]
    return [line for line in lines if line.get("owner_hash") == owner]
