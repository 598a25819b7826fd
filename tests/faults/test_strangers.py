"""Strangers who write without end, on a Temporal with its default of ten searches a second."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest

from tests.harness.asking import asked_everywhere
from tests.harness.chats import until_read
from tests.harness.naming import label
from tests.harness.phone import Delivered, Owner
from tests.harness.processes import until
from tests.harness.stack import Stack, running_stack

OWNERS = 8


@pytest.fixture(scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    async with running_stack(tmp_path_factory.mktemp("strangers"), SEARCHES_PER_SEC="10") as stack:
        yield stack


@asynccontextmanager
async def flood(stack: Stack, *strangers: Owner) -> AsyncIterator[list[int | None]]:
    """Has strangers write, each five times a second; yields the statuses of the answers."""
    answered: list[int | None] = []

    async def write(stranger: Owner) -> None:
        while True:
            said = await stack.phone.says("whatsapp", stranger, "Hello?")
            answered.extend(said.statuses)
            await asyncio.sleep(0.2)

    writing = [asyncio.create_task(write(stranger)) for stranger in strangers]
    try:
        yield answered
    finally:
        for task in writing:
            task.cancel()
        await asyncio.gather(*writing, return_exceptions=True)


@pytest.mark.parametrize("strangers", [1, 40])
async def test_owners_and_core_are_served_while_strangers_write(gateway: Stack, strangers: int) -> None:
    owners = [Owner() for _ in range(OWNERS)]
    candidates = [await asked_everywhere(gateway, "whatsapp", owner) for owner in owners]
    for owner, candidate in zip(owners, candidates, strict=True):
        await until_read(gateway, "whatsapp", owner, candidate)

    async with flood(gateway, *(Owner() for _ in range(strangers))) as answered:
        await until(lambda: len(answered) > max(20, strangers))
        said = await asyncio.gather(*(gateway.phone.says("whatsapp", owner, "approve") for owner in owners))
        lists = await asyncio.gather(
            *(gateway.core.http.get("/activity", params={"brand_id": c["brand_id"]}) for c in candidates)
        )

    assert [one.words for one in said] == [[f"Got it: post {label(candidate)}"] for candidate in candidates]
    assert [one.status_code for one in lists] == [200] * OWNERS


async def test_owners_replies_count_while_strangers_write_even_after_redis_was_flushed(gateway: Stack) -> None:
    """Twilio delivers a message again that was refused because too many strangers wrote."""
    owner, message_id = Owner(), f"SM{uuid4().hex}"
    candidate = await asked_everywhere(gateway, "whatsapp", owner)

    async def heard() -> Delivered | None:
        said = await gateway.phone.says("whatsapp", owner, "approve", message_id=message_id)
        return said if said.statuses == [200] else None

    async with flood(gateway, Owner()):
        await gateway.valkey.restart()
        question = await until(heard)
        by_id = await gateway.phone.says("whatsapp", owner, f"approve {candidate['id']}")

    assert question.words[0].startswith(f"This one? {label(candidate)}")
    assert by_id.words == [f"Got it: post {label(candidate)}"]
