"""Redis with users: the documented rules are enough, and missing ones are reported."""

import asyncio
import re
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.harness.edges import another_edge
from tests.harness.phone import Owner
from tests.harness.processes import REPOSITORY, Process, free_port
from tests.harness.queued import accepted, all_are_prompted_once_and_decided
from tests.harness.stack import Stack, load, running_stack
from tests.harness.valkeys import ask, server, server_url
from tools.doctor import redis_checks
from tools.doctor.findings import Health

PASSWORD = "a-password-of-the-tests"


def documented(without: str = "") -> list[str]:
    """Reads the user's rules from the page for operators, without some of them."""
    page = (REPOSITORY / "docs" / "security.md").read_text(encoding="utf-8")
    words = re.findall(r"```\nACL SETUSER (gateway .+?)```", page, re.DOTALL)[0].split()
    assert set(without.split()) <= set(words)
    return [word.replace("PASSWORD", PASSWORD) for word in words if word not in without.split()]


def with_user(folder: Path, port: int, rules: list[str]) -> Process:
    return server(folder, port, "--user", *rules)


def url_of(port: int) -> str:
    return server_url(port).replace("//", f"//gateway:{PASSWORD}@")


async def test_gateway_needs_no_more_than_the_documented_user(tmp_path: Path) -> None:
    port = free_port()
    valkey = with_user(tmp_path, port, documented())
    async with running_stack(tmp_path, valkey, REDIS_URL=url_of(port), MIN_SPACING_SEC="1") as gateway:
        candidates = await accepted(gateway, 3)
        await withdrawn_while_it_waits(gateway)
        await all_are_prompted_once_and_decided(gateway, candidates)
        await waited_for(gateway)
        ready = await gateway.core.http.get("/readyz")
        findings = [finding async for finding in redis_checks.check(load(gateway.environment))]
        await new_minute(gateway, port)

        assert ready.json()["dependencies"]["client_limit"] == "ok"
        assert [finding for finding in findings if finding.health is not Health.OK] == []
        assert await refusals(port) == []


async def withdrawn_while_it_waits(gateway: Stack) -> None:
    """Withdraws a candidate that waits, so that it leaves the queue of its brand."""
    owner = Owner()
    for _ in range(2):
        waiting = await gateway.core.accepted(owner, brand_id="b_left")
    (await gateway.core.withdraw(waiting["id"])).raise_for_status()
    await gateway.phone.until_decided(waiting["id"])


async def waited_for(gateway: Stack) -> None:
    candidate = await gateway.core.accepted()
    waiting = asyncio.create_task(gateway.core.waited(candidate["id"], 50))
    await gateway.core.withdraw(candidate["id"])
    assert (await waiting)["state"] == "expired"


async def new_minute(gateway: Stack, port: int) -> None:
    """Brings forward the end of the current minute's counters, then has a request counted."""
    async with Redis.from_url(server_url(port)) as redis:
        counted = [key async for key in redis.scan_iter("*clients*")]
        assert counted
        for key in counted:
            await redis.pexpire(key, 30_000)
    await gateway.core.http.get("/docs")


async def refusals(port: int) -> list[str]:
    """Returns the commands that Redis has refused to any user."""
    async with Redis.from_url(server_url(port)) as redis:
        return [str(entry) for entry in await ask(redis, "ACL", "LOG")]


@pytest.mark.parametrize("without", ["~clients:*", "+rename"])
async def test_limit_per_client_that_redis_refuses_is_reported_and_stops_nothing(
    shared_stack: Stack, tmp_path: Path, without: str
) -> None:
    port = free_port()
    valkey = with_user(tmp_path, port, documented(without))
    await valkey.start()
    try:
        async with another_edge(shared_stack, REDIS_URL=url_of(port)) as edge:
            ready = await edge.get("/readyz")
        settings = load({**shared_stack.environment, "REDIS_URL": url_of(port)})
        findings = {finding.check: finding async for finding in redis_checks.check(settings)}
    finally:
        await valkey.kill()

    assert ready.status_code == 200
    assert ready.json()["dependencies"]["redis"] == "ok"
    assert "requests per client are not limited" in ready.json()["dependencies"]["client_limit"]
    assert [check for check, found in findings.items() if found.health is not Health.OK] == ["redis.client_limit"]
    assert findings["redis.client_limit"].health is Health.WARNING
