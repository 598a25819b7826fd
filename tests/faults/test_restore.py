"""A rehearsal: Temporal's database is lost, and restored from a backup made while everything ran.

It uses SQLite, on the embedded server. PostgreSQL behaves the same; its commands are in
docs/maintenance.md.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from tests.harness.core import draft
from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.stack import Stack, running_stack

DATABASE = "temporal.db"


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Stack]:
    """Runs a gateway in a namespace that its setup creates."""
    async with running_stack(tmp_path, TEMPORAL_NAMESPACE="approvals") as stack:
        yield stack


def back_up(database: Path, copy: Path) -> None:
    """Copies a consistent snapshot while the server writes."""
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)


def put_back(database: Path, copy: Path) -> None:
    for file in database.parent.glob(f"{DATABASE}*"):
        file.unlink()
    copy.rename(database)


async def restore(gateway: Stack, database: Path, copy: Path) -> None:
    """Replaces the database with the copy.

    The worker restarts, because its cache contains later events.
    """
    await gateway.temporal.kill()
    await gateway.worker.kill()
    await asyncio.to_thread(put_back, database, copy)
    await gateway.temporal.start()
    await gateway.worker.start()
    await until(lambda: gateway.core.http.get("/readyz"), lambda ready: ready.is_success)


async def test_restored_from_a_backup_every_candidate_still_ends_in_one_decision(
    gateway: Stack, tmp_path: Path
) -> None:
    core, phone = gateway.core, gateway.phone
    owners = {name: Owner() for name in ("finished", "waiting", "decided_later", "prompted_later", "lost")}
    ids = {name: draft(owner)["id"] for name, owner in owners.items()}

    async def approved(name: str) -> None:
        await phone.says("whatsapp", owners[name], f"approve {ids[name]}")
        await core.until_callback(ids[name], "delivered")

    for name in ("finished", "waiting", "decided_later"):
        await core.accepted(owners[name], id=ids[name])
        await phone.until_prompted("whatsapp", ids[name])
    await approved("finished")
    await gateway.valkey.kill()
    await core.accepted(owners["prompted_later"], id=ids["prompted_later"])

    await asyncio.to_thread(back_up, tmp_path / DATABASE, tmp_path / "backup")
    await gateway.valkey.start()
    await phone.until_prompted("whatsapp", ids["prompted_later"])
    await approved("decided_later")
    lost = await core.accepted(owners["lost"], id=ids["lost"])
    await phone.until_prompted("whatsapp", ids["lost"])
    await restore(gateway, tmp_path / DATABASE, tmp_path / "backup")

    states = [(await core.http.get(f"/candidate/{id_}")) for id_ in ids.values()]
    assert [state.status_code for state in states] == [200, 200, 200, 200, 404], "core can see which candidate was lost"
    assert [state.json()["state"] for state in states[:3]] == ["approved", "prompted", "prompted"]
    assert (await core.post(lost)).json()["status"] == "accepted"
    for name in ("prompted_later", "lost"):
        await until(partial(prompted_twice, gateway, ids[name]))
    for name in ("waiting", "decided_later", "prompted_later", "lost"):
        await approved(name)

    decisions = {name: await phone.decisions(id_) for name, id_ in ids.items()}
    assert {name: len(made) for name, made in decisions.items()} == dict.fromkeys(ids, 1) | {"decided_later": 2}
    assert len({decision["webhook_id"] for decision in decisions["decided_later"]}) == 1, "core ignores the second"


async def prompted_twice(gateway: Stack, candidate_id: str) -> bool:
    return len(await gateway.phone.prompts("whatsapp", candidate_id)) == 2
