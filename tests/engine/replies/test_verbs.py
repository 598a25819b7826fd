"""What an owner can send, on both channels."""

import asyncio

import pytest

from tests.harness.asking import answer_to, asked, asked_everywhere, skipped
from tests.harness.chats import chat_of, pass_time, until_read
from tests.harness.naming import label as named
from tests.harness.naming import number
from tests.harness.phone import Owner
from tests.harness.stack import Stack

CHANNELS = pytest.mark.parametrize("channel", ["whatsapp", "imessage"])

# One of each kind; tests/domain/reading has every form.
FORMS: list[tuple[str, str, str, str | None]] = [
    ("whatsapp", "approve {ID}", "approved", "The draft"),
    ("whatsapp", "reject\n{id}", "rejected", None),
    ("whatsapp", "Edit {id} :  First: line\n\nlast line ", "edited", "First: line\n\nlast line"),
    ("imessage", "{number} no", "rejected", None),
    ("imessage", "edit {number} Mine", "edited", "Mine"),
    ("whatsapp", "edit {number}: │ The draft", "approved", "The draft"),
    ("imessage", "redo {number}: shorter", "rejected", None),
    ("whatsapp", "Yes, please!", "approved", "The draft"),
    ("imessage", "👍", "approved", "The draft"),
    ("whatsapp", "edit: My own\nwords", "edited", "My own\nwords"),
]
UNDECIDED: list[tuple[str, str]] = [
    ("help", "yes = post it"),
    *((text, "Nothing was decided") for text in ("ok", "ok {number}", "yes, but shorter", "Hm, well", "approve all")),
    *((text, "Nothing was decided") for text in ("approve cr_unknown", "edit cr_unknown: new text", "yes 1023")),
    *((text, "To change ") for text in ("edit {number}: your text", "edit")),
    ("edit {number}: A reply for Acme on X needs your approval:\n│ Hi", "Nothing was decided: that still has"),
    ("never skip {number}", "Nothing was decided"),
    *((text, "Post this instead of") for text in ("edit {number}: cancel", "edit {number} add a link")),
]


async def _decides(stack: Stack, channel: str, text: str, decision: str, final_text: str | None) -> None:
    owner = Owner()
    candidate = await asked(stack, channel, owner, proposed_text="The draft")
    if "{" not in text:
        await until_read(stack, channel, owner, candidate)
    names = {"id": candidate["id"], "ID": candidate["id"].upper(), "number": number(candidate)}
    await stack.phone.says(channel, owner, text.format(**names))
    decided = await stack.phone.until_decided(candidate["id"])
    assert (decided["decision"], decided["final_text"]) == (decision, final_text), text


async def test_every_kind_of_verdict_decides(stack: Stack) -> None:
    await asyncio.gather(*(_decides(stack, *form) for form in FORMS))


@CHANNELS
async def test_prompt_copied_whole_approves_what_it_shows(stack: Stack, owner: Owner, channel: str) -> None:
    candidate = await asked(stack, channel, owner, proposed_text="We *hear* you, *both* of you.\n\nA fix is near.")
    prompt = (await stack.phone.until_prompted(channel, candidate["id"]))["text"]

    await stack.phone.says(channel, owner, f"edit {number(candidate)}: {prompt}")

    decided = await stack.phone.until_decided(candidate["id"])
    assert (decided["decision"], decided["final_text"]) == ("approved", candidate["proposed_text"])


# The gateway answers a robot ever less often, so these messages are ten minutes apart.
async def test_other_messages_decide_nothing_and_the_answers_first_line_says_this(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner)

    for text, begins in UNDECIDED:
        said = await stack.phone.says("whatsapp", owner, text.format(number=number(candidate)))
        assert said.words[0].startswith(begins), text
        assert number(candidate) in said.words[0], text
        await pass_time(stack, chat_of("whatsapp", owner), seconds=600)

    assert await skipped(stack, "whatsapp", owner, candidate)


@pytest.mark.parametrize(("text", "begins"), [UNDECIDED[0], UNDECIDED[-1]])
async def test_other_messages_decide_nothing_on_imessage_either(
    stack: Stack, owner: Owner, text: str, begins: str
) -> None:
    candidate = await asked(stack, "imessage", owner)

    answer = await answer_to(stack, "imessage", owner, text.format(number=number(candidate)), begins)

    assert number(candidate) in answer
    assert await skipped(stack, "imessage", owner, candidate)


@CHANNELS
async def test_bare_verb_with_two_open_prompts_asks_which_and_decides_neither(
    stack: Stack, owner: Owner, channel: str
) -> None:
    first = await asked(stack, channel, owner)
    second = await asked(stack, channel, owner)

    answer = await answer_to(stack, channel, owner, "approve", "Which one?")

    assert [line.partition(" ")[0] for line in answer.splitlines()[-2:]] == [number(first), number(second)]
    for candidate in (first, second):
        assert await skipped(stack, channel, owner, candidate)


@CHANNELS
async def test_misspelt_id_that_could_be_either_of_two_decides_neither(
    stack: Stack, owner: Owner, channel: str
) -> None:
    lower = await asked(stack, channel, owner, id=f"cr_{channel}_twin")
    upper = await asked(stack, channel, owner, id=f"CR_{channel}_TWIN")

    answer = await answer_to(stack, channel, owner, f"approve Cr_{channel}_Twin", "Which one?")

    assert number(lower) in answer
    assert number(upper) in answer
    for candidate in (lower, upper):
        assert await skipped(stack, channel, owner, candidate)


@CHANNELS
async def test_later_replies_learn_what_was_decided_and_change_nothing(
    stack: Stack, owner: Owner, channel: str
) -> None:
    candidate = await asked_everywhere(stack, channel, owner)
    other = "imessage" if channel == "whatsapp" else "whatsapp"
    label = "WhatsApp" if channel == "whatsapp" else "iMessage"
    await stack.phone.says(channel, owner, f"approve {candidate['id']}")
    await stack.phone.until_decided(candidate["id"])

    for late in (channel, other):
        answer = await answer_to(stack, late, owner, f"edit {candidate['id']}: Mine", "Your message changes nothing")
        assert answer.startswith(number(candidate))
        assert answer.endswith(f": already approved on {label}. Your message changes nothing.")
    if channel == "whatsapp":
        (words,) = (await stack.phone.says(channel, owner, "approve")).words
        assert words == f"{named(candidate)}: approved on {label}. Your message changes nothing."

    assert len(await stack.phone.decisions(candidate["id"])) == 1
    assert (await stack.core.candidate(candidate["id"]))["decision"] == "approved"
