"""Known words that decide nothing: the first line of each answer says this and what would work."""

from tests.harness.asking import asked, skipped
from tests.harness.chats import chat_of, pass_time, until_read
from tests.harness.naming import label, number
from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.stack import Stack


async def test_words_that_might_not_be_a_verdict_lead_to_a_question(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner)
    await until_read(stack, "whatsapp", owner, candidate)

    for text in ("no thanks", "no, thank you", "approve?", "don't approve", "yes no"):
        (words,) = (await stack.phone.says("whatsapp", owner, text)).words
        assert words.startswith(f"Nothing was decided. This one? {label(candidate)}"), text
        assert words.endswith("\nyes posts it · no skips it"), text
        await pass_time(stack, chat_of("whatsapp", owner), seconds=4)
    await stack.phone.says("whatsapp", owner, "no")

    assert (await stack.phone.until_decided(candidate["id"]))["decision"] == "rejected"


async def test_doubtful_words_get_the_list_if_several_are_open(stack: Stack, owner: Owner) -> None:
    first, second = [await asked(stack, "whatsapp", owner) for _ in range(2)]

    for text in ("no thanks", "wait", "later", "skp"):
        (words,) = (await stack.phone.says("whatsapp", owner, text)).words
        assert "Nothing was decided" in words.splitlines()[0], text
        assert number(first) in words, text
        assert number(second) in words, text

    for candidate in (first, second):
        assert await skipped(stack, "whatsapp", owner, candidate)


DOUBTS = [
    ("yes {number}?", "Send yes {number} to post {label}, or no {number} to skip it."),
    ("no, {number}", "Send yes {number} to post {label}, or no {number} to skip it."),
    ("wait", "Send yes {number} to post {label}, or no {number} to skip it."),
    ("hold on", "Send yes {number} to post {label}, or no {number} to skip it."),
    ("later", "Nobody reminds you, and nothing is posted at a later time: {label} is open until"),
    ("remind me", "Nobody reminds you, and nothing is posted at a later time: {label} is open until"),
    ("ok post it tomorrow", "Nobody reminds you, and nothing is posted at a later time: {label} is open until"),
    ("yes {number} later", "Nobody reminds you, and nothing is posted at a later time: {label} is open until"),
    ("yes but", "To post another text send edit {number}: your text"),
    ("yes but shorter", "To have it rewritten send redo {number}: shorter\nTo post another text send edit {number}: "),
    ("can you make it shorter?", "To have it rewritten send redo {number}: make it shorter"),
    ("can you make {number} shorter?", "To have it rewritten send redo {number}: make it shorter"),
    ("skip it, too long", "To skip it with that note send skip {number}: too long"),
    ("yes {halves}", "Send yes {number} to post {label}, or no {number} to skip it."),
    ("was it posted?", "{label} is open until"),
    ("both", "To post it send yes {number}"),
    ("first one", "To post another text send edit {number}: your text"),
    ("yes post it at 5pm", "To post another text send edit {number}: your text"),
    ("approve {number} shorter", "To have it rewritten send redo {number}: shorter"),
    ("no {number} too salesy", "To skip it with that note send skip {number}: too salesy"),
]


async def test_doubtful_words_decide_nothing_and_learn_what_would_work(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner)
    await until_read(stack, "whatsapp", owner, candidate)
    halves = f"{number(candidate)[:2]} {number(candidate)[2:]}"
    names = {"number": number(candidate), "label": label(candidate), "halves": halves}

    for text, offered in DOUBTS:
        (words,) = (await stack.phone.says("whatsapp", owner, text.format(**names))).words
        assert words.startswith(f"Nothing was decided. {offered.format(**names)}"), text

    assert await skipped(stack, "whatsapp", owner, candidate)


async def test_misspelt_word_leads_to_a_question(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner)
    await until_read(stack, "whatsapp", owner, candidate)

    for text, word, offered in (("skp", "skip", "no"), ("yse {number}", "yes", "yes"), ("pubish it", "publish", "yes")):
        (words,) = (await stack.phone.says("whatsapp", owner, text.format(number=number(candidate)))).words
        assert words == f"Did you mean {word}? Nothing was decided. Send {offered} {number(candidate)}"

    assert await skipped(stack, "whatsapp", owner, candidate)


async def test_number_that_is_too_short_is_explained(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner)

    (words,) = (await stack.phone.says("whatsapp", owner, "yes 1")).words

    assert words.startswith("Nothing was decided: numbers have four digits")
    assert number(candidate) in words
    assert await skipped(stack, "whatsapp", owner, candidate)


async def test_what_follows_the_number_of_a_skip_is_its_note(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner)

    (words,) = (await stack.phone.says("whatsapp", owner, f"skip {number(candidate)} too salesy")).words

    assert words == f"Got it: skip {label(candidate)}\nFor the agent: “too salesy”"
    assert (await stack.phone.until_decided(candidate["id"]))["decision"] == "rejected"


async def test_position_in_a_list_gets_the_list_and_decides_nothing(stack: Stack, owner: Owner) -> None:
    first, second = [await asked(stack, "whatsapp", owner) for _ in range(2)]

    for text in (
        "first one",
        "the second",
        "yes to the first and no to the other",
        f"yes {number(first)}, no to the other",
    ):
        (words,) = (await stack.phone.says("whatsapp", owner, text)).words
        assert words.startswith("Nothing was decided. To post one send yes and its number."), text
        assert f"\n{number(first)} · " in words
        assert f"\n{number(second)} · " in words
    (words,) = (await stack.phone.says("whatsapp", owner, "both")).words
    assert words.startswith("Nothing was decided. To post these send yes ")
    assert await skipped(stack, "whatsapp", owner, first)
    assert await skipped(stack, "whatsapp", owner, second)


async def test_wish_that_answers_one_of_several_is_about_that_one(stack: Stack, owner: Owner) -> None:
    first, second = [await asked(stack, "whatsapp", owner) for _ in range(2)]
    (prompt, *_) = await stack.phone.prompts("whatsapp", first["id"])

    (words,) = (await stack.phone.says("whatsapp", owner, "can you make it shorter?", quoted=prompt["id"])).words

    assert words.startswith(f"Nothing was decided. To have it rewritten send redo {number(first)}: make it shorter")
    assert await skipped(stack, "whatsapp", owner, first)
    assert await skipped(stack, "whatsapp", owner, second)


async def test_question_whether_it_was_posted_learns_how_the_last_one_ended(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner)
    assert await skipped(stack, "whatsapp", owner, candidate)

    async def told() -> str | None:
        (words,) = (await stack.phone.says("whatsapp", owner, "did you post it?")).words
        return words if "skipped" in words else None

    assert (await until(told, within=30)).startswith(label(candidate))
