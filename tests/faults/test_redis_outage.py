"""Redis is down in several ways; candidates wait, show why, and continue."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from domain.conversation.numbers import number_of
from domain.writing.offers import NOTHING_DECIDED
from tests.harness.asking import asked_everywhere
from tests.harness.phone import Owner
from tests.harness.queued import CHANNELS, accepted, all_are_prompted_once_and_decided, until_one_says_why
from tests.harness.stack import Stack, running_stack


@pytest.fixture(scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    async with running_stack(tmp_path_factory.mktemp("outage"), MIN_SPACING_SEC="1") as stack:
        yield stack


@pytest.fixture(autouse=True)
async def redis_back(gateway: Stack) -> AsyncIterator[None]:
    """Leaves a Redis that answers for the next test."""
    yield
    if gateway.valkey.is_running:
        gateway.valkey.thaw()
    else:
        await gateway.valkey.start()


async def test_candidates_accepted_while_redis_is_down_wait_and_go_on_or_expire(gateway: Stack) -> None:
    await gateway.valkey.kill()
    (expiring,) = await accepted(gateway, 1, deadline_sec=10)
    await until_one_says_why(gateway, expiring)
    assert (await gateway.core.candidate(expiring))["state"] == "new"
    expired = await gateway.phone.until_decided(expiring)
    waiting = await accepted(gateway, 1)
    await until_one_says_why(gateway, next(iter(waiting)))

    await gateway.valkey.start()

    await all_are_prompted_once_and_decided(gateway, waiting)
    assert (expired["decision"], expired["decider"]) == ("expired", "system:timeout")
    assert [await gateway.phone.prompts(channel, expiring) for channel in CHANNELS] == [[], []]


async def test_waiting_candidates_continue_with_an_empty_redis_after_a_kill(gateway: Stack) -> None:
    """A receipt that became due meanwhile is sent, too."""
    candidates = await accepted(gateway, 4)
    decided_meanwhile, *waiting = candidates
    for channel in CHANNELS:
        await gateway.phone.until_prompted(channel, decided_meanwhile)
    await gateway.valkey.kill()
    owner = candidates.pop(decided_meanwhile)
    await gateway.phone.says("imessage", owner, f"approve {decided_meanwhile}")
    await gateway.phone.until_decided(decided_meanwhile)
    await until_one_says_why(gateway, *waiting)
    assert len(await gateway.phone.texts("imessage", owner)) == 1

    await gateway.valkey.start()

    await gateway.phone.until_message("imessage", owner, f"Approved: {number_of(decided_meanwhile)} ")
    await gateway.phone.until_message("whatsapp", owner, f"Approved on iMessage: {number_of(decided_meanwhile)} ")
    await all_are_prompted_once_and_decided(gateway, candidates)


async def test_waiting_candidates_continue_after_redis_was_frozen(gateway: Stack) -> None:
    candidates = await accepted(gateway, 5)
    await gateway.phone.until_prompted("whatsapp", next(iter(candidates)))
    gateway.valkey.freeze()
    await until_one_says_why(gateway, *candidates)

    gateway.valkey.thaw()

    await all_are_prompted_once_and_decided(gateway, candidates)


async def test_waiting_candidates_continue_when_redis_is_flushed(gateway: Stack) -> None:
    candidates = await accepted(gateway, 3)
    await gateway.phone.until_prompted("whatsapp", next(iter(candidates)))

    async with Redis.from_url(gateway.environment["REDIS_URL"]) as redis:
        await redis.flushall()
        await redis.script_flush()

    await all_are_prompted_once_and_decided(gateway, candidates)


@pytest.mark.parametrize(
    "refusal",
    [
        {"maxmemory": "1", "maxmemory-policy": "noeviction"},
        {"min-replicas-to-write": "1"},
    ],
    ids=["out of memory", "too few replicas"],
)
async def test_waiting_candidates_continue_after_redis_refused_writes(gateway: Stack, refusal: dict[str, str]) -> None:
    async with Redis.from_url(gateway.environment["REDIS_URL"]) as redis:
        before = {name: str((await redis.config_get(name))[name]) for name in refusal}
        candidates = await accepted(gateway, 2)
        await gateway.phone.until_prompted("whatsapp", next(iter(candidates)))
        for name, value in refusal.items():
            await redis.config_set(name, value)
        (expiring,) = await accepted(gateway, 1, deadline_sec=10)
        await until_one_says_why(gateway, expiring)

        for name, value in before.items():
            await redis.config_set(name, value)

    await all_are_prompted_once_and_decided(gateway, candidates)
    await gateway.phone.until_decided(expiring)


async def test_text_while_redis_is_silent_is_offered_as_an_edit_without_a_question(gateway: Stack) -> None:
    """The chat does not remember a question, so a yes would post the draft."""
    owner = Owner()
    candidate = await asked_everywhere(gateway, "whatsapp", owner)
    prompt = await gateway.phone.until_prompted("whatsapp", candidate["id"])
    gateway.valkey.freeze()

    (words,) = (await gateway.phone.says("whatsapp", owner, "We are on it.", quoted=prompt["id"])).words

    gateway.valkey.thaw()
    edit = f"edit {number_of(candidate['id'])}:"
    assert words == f"{NOTHING_DECIDED}. To post that text send it as {edit} your text"
    await gateway.phone.says("whatsapp", owner, f"{edit} We are on it.")
    assert (await gateway.phone.until_decided(candidate["id"]))["final_text"] == "We are on it."


async def test_text_while_redis_takes_no_writes_is_offered_as_an_edit(gateway: Stack) -> None:
    """Redis returns what the chat was told before, and cannot store the question."""
    owner = Owner()
    candidate = await asked_everywhere(gateway, "whatsapp", owner)
    async with Redis.from_url(gateway.environment["REDIS_URL"]) as redis:
        await redis.config_set("min-replicas-to-write", "1")
        (words,) = (await gateway.phone.says("whatsapp", owner, "change it to something like We are on it.")).words
        await redis.config_set("min-replicas-to-write", "0")

    assert words.endswith(f"send it as edit {number_of(candidate['id'])}: your text")
