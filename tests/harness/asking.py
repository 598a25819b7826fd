"""Candidates that have reached an owner's phone, and answers to the owner's messages."""

from typing import Any, Unpack

from tests.harness.accepting import accepted_alone
from tests.harness.core import CandidateBody, Changes
from tests.harness.operator import until_found
from tests.harness.phone import Owner
from tests.harness.stack import Stack


async def asked(stack: Stack, channel: str, owner: Owner, **changes: Unpack[Changes]) -> CandidateBody:
    """Returns a candidate that asks only here, once its prompt is sent and searches find it."""
    return await _found(stack, channel, await accepted_alone(stack, channel, owner, **changes))


async def asked_everywhere(
    stack: Stack, channel: str, owner: Owner | None, **changes: Unpack[Changes]
) -> CandidateBody:
    """Posts a candidate that asks on every channel, and returns it once searches find it.

    With a channel, it returns it once its prompt is sent there.
    """
    return await _found(stack, channel, await stack.core.accepted(owner, **changes))


async def _found(stack: Stack, channel: str, candidate: CandidateBody) -> CandidateBody:
    query = f"WorkflowId = 'approval/{candidate['id']}'" + (f" AND PromptIds = '{channel}'" if channel else "")
    await until_found(stack.client, query)
    return candidate


async def answer_to(stack: Stack, channel: str, owner: Owner, text: str, contains: str, **options: Any) -> str:
    """Sends a message from the owner, and returns the answer that arrives in the chat."""
    delivered = await stack.phone.says(channel, owner, text, **options)
    assert delivered.statuses == [200]
    message = await stack.phone.until_message(channel, owner, contains)
    return str(message["text"])


async def skipped(stack: Stack, channel: str, owner: Owner, candidate: CandidateBody) -> bool:
    """Skips a candidate; returns whether that decided it.

    If so, no earlier reply did, because replies are processed in order.
    """
    await stack.phone.says(channel, owner, f"skip {candidate['id']}")
    decided = await stack.phone.until_decided(candidate["id"])
    return bool(decided["decision"] == "rejected")
