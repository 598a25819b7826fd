"""Texts from an owner that are too long to be posted; on WhatsApp, Twilio cuts them first."""

from tests.harness.asking import answer_to, asked
from tests.harness.naming import number
from tests.harness.phone import Owner
from tests.harness.stack import Stack


async def test_text_that_is_too_long_is_refused_with_the_number_of_characters_over(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "imessage", owner, platform="reddit")

    answer = await answer_to(stack, "imessage", owner, f"edit {candidate['id']}: {'x' * 3007}", "over the limit")
    await stack.phone.says("imessage", owner, f"edit {number(candidate)}: {'y' * 3000}")

    assert answer.startswith("Nothing was decided")
    assert "7 characters over the limit of 3000" in answer
    assert answer.endswith(f"Send a shorter one: edit {number(candidate)}: your text")
    assert (await stack.phone.until_decided(candidate["id"]))["final_text"] == "y" * 3000
