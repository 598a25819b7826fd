"""The released code and this one serve the same candidates, together and one after the other."""

import asyncio
import io
import subprocess
import tarfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.harness.core import CandidateBody, draft, without
from tests.harness.naming import number
from tests.harness.operator import until_found
from tests.harness.phone import Owner
from tests.harness.processes import REPOSITORY, until
from tests.harness.stack import Stack, api_process, worker_process

RELEASED = "3ef7c0f5e1f060f4dff1d4357712b82c9448227d"
CODE = ("activities", "adapters", "api", "domain", "worker", "workflows")
"""The folders that an api and a worker of that commit need."""

HOW = ("by id", "by a bare word", "by a quotation", "by an edit")
LABELS = {"whatsapp": "WhatsApp", "imessage": "iMessage"}
CHANNELS = tuple(LABELS)


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Extracts the released code from the repository's history."""
    command = ["git", "archive", RELEASED, *CODE]
    archive = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=False)  # noqa: S603
    if archive.returncode:
        pytest.skip(f"the released commit {RELEASED} is not in this history: {archive.stderr.decode()}")
    folder = tmp_path_factory.mktemp("released")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")
    return folder


@asynccontextmanager
async def code_of(stack: Stack, *, edge: Path, worker: Path) -> AsyncIterator[None]:
    """Runs the edge and the worker from these folders, in place of the stack's own."""
    released = [
        (own, another(stack.environment, folder))
        for own, another, folder in ((stack.api, api_process, edge), (stack.worker, worker_process, worker))
        if folder != REPOSITORY
    ]
    try:
        for own, process in released:
            await own.stop()
            await process.start()
        yield
    finally:
        for own, process in released:
            await process.stop()
            await own.start()


async def asked(stack: Stack, owner: Owner) -> CandidateBody:
    """Posts a candidate, and waits until both channels have its prompt and searches find it."""
    candidate = await stack.core.accepted(owner)
    for channel in CHANNELS:
        await stack.phone.until_prompted(channel, candidate["id"])
    query = f"WorkflowId = 'approval/{candidate['id']}' AND PromptIds = 'whatsapp' AND PromptIds = 'imessage'"
    await until_found(stack.client, query)
    return candidate


async def answered(stack: Stack, owner: Owner, candidate: CandidateBody, channel: str, how: str) -> None:
    """Answers a candidate, which is decided once; core and the other chat learn it once."""
    prompt = await stack.phone.until_prompted(channel, candidate["id"])
    text = {"by id": f"approve {candidate['id']}", "by an edit": f"edit {candidate['id']}: Other words"}.get(how)
    options = {"quoted": prompt["id"]} if how == "by a quotation" else {}
    if channel == "imessage":
        options["content_type"] = "application/json"  # which the released edge needs
    delivered = await stack.phone.says(channel, owner, text or "approve", **options)
    assert delivered.statuses == [200]
    if how == "by a bare word" and await is_asked_which(stack, owner, candidate, channel):
        await stack.phone.says(channel, owner, f"approve {candidate['id']}", **options)

    decided = await stack.phone.until_decided(candidate["id"])
    outcome = "edited" if how == "by an edit" else "approved"
    assert (decided["decision"], decided["decider"]) == (outcome, decider(owner, channel))
    (other,) = set(CHANNELS) - {channel}
    told = await stack.phone.until_message(other, owner, f" on {LABELS[channel]}")
    by_either_worker = (
        f"{candidate['id']}: {outcome} on ",
        f"{outcome.capitalize()} on {LABELS[channel]}: {number(candidate)} ",
    )
    assert told["text"].startswith(by_either_worker)
    await asyncio.wait_for(stack.run_of(candidate["id"]).result(), timeout=40)
    assert len(await stack.phone.decisions(candidate["id"])) == 1
    for each in CHANNELS:
        assert len(await stack.phone.prompts(each, candidate["id"])) == 1


async def is_asked_which(stack: Stack, owner: Owner, candidate: CandidateBody, channel: str) -> bool:
    """Returns whether the owner was asked which draft a bare word is about.

    The chat's memory does not contain what the released worker sent.
    """

    async def heard() -> str | None:
        if await stack.phone.decisions(candidate["id"]):
            return "decided"
        texts = await stack.phone.texts(channel, owner)
        return "asked which" if any("This one?" in text for text in texts) else None

    return await until(heard) == "asked which"


def decider(owner: Owner, channel: str) -> str:
    return owner.whatsapp if channel == "whatsapp" else f"imessage:{owner.imessage}"


def cases() -> list[tuple[Owner, str, str]]:
    """Returns an owner for each way to answer on each channel.

    A quote on iMessage names nothing.
    """
    ways = [(channel, how) for channel in CHANNELS for how in HOW if (channel, how) != ("imessage", "by a quotation")]
    return [(Owner(), channel, how) for channel, how in ways]


@pytest.mark.parametrize("old", ["edge", "worker"])
async def test_old_and_new_code_serve_a_candidate_together(own_stack: Stack, released: Path, old: str) -> None:
    async def is_served(owner: Owner, channel: str, how: str) -> None:
        await answered(own_stack, owner, await asked(own_stack, owner), channel, how)

    folders = {"edge": REPOSITORY, "worker": REPOSITORY, old: released}
    async with code_of(own_stack, **folders):
        await asyncio.gather(*(is_served(*case) for case in cases()))


async def test_candidate_that_began_on_old_code_ends_on_new_code(own_stack: Stack, released: Path) -> None:
    """The owner's verdict, unread before the deployment, and a later deadline also take effect."""
    owners = [owner for owner, *_ in cases()]
    unread, silent = Owner(), Owner()
    async with code_of(own_stack, edge=released, worker=released):
        begun = await asyncio.gather(*(asked(own_stack, owner) for owner in owners))
        answered_early = await asked(own_stack, unread)
        expiring = await own_stack.core.accepted(silent, deadline_sec=30)
        await own_stack.phone.until_prompted("whatsapp", expiring["id"])

    await own_stack.worker.kill()
    await own_stack.phone.says("whatsapp", unread, f"skip {answered_early['id']}")
    await own_stack.worker.start()

    assert (await own_stack.phone.until_decided(answered_early["id"]))["decision"] == "rejected"
    ways = [(channel, how) for _, channel, how in cases()]
    for owner, candidate, (channel, how) in zip(owners, begun, ways, strict=True):
        await answered(own_stack, owner, candidate, channel, how)
    expired = await own_stack.phone.until_decided(expiring["id"], within=60)
    assert (expired["decision"], expired["decider"]) == ("expired", "system:timeout")


async def test_candidate_that_core_posts_again_to_another_release_is_a_duplicate(
    own_stack: Stack, released: Path
) -> None:
    """The edges are replaced in both directions; defaults are left out, given or overridden."""
    bodies: list[Mapping[str, object]] = [
        draft(Owner()),
        draft(Owner(), deadline_sec=600, risk_flags=["a \\u2028 date", "\U0001f600"]),
        without(draft(), "risk_flags", "owner_whatsapp", "deadline_sec"),
        draft(source_text="Which the released edge ignores"),
    ]
    later = [draft(proposed_text='A "draft" \\ of\nlines', source_author="Jane")]
    async with code_of(own_stack, edge=released, worker=REPOSITORY):
        assert await statuses(own_stack, bodies) == ["accepted"] * 4
    assert await statuses(own_stack, bodies) == ["duplicate"] * 4
    assert await statuses(own_stack, later) == ["accepted"]
    changed = {**bodies[0], "source_ref": "another"}
    assert (await own_stack.core.post(changed)).status_code == 409
    async with code_of(own_stack, edge=released, worker=REPOSITORY):
        assert await statuses(own_stack, [*bodies, *later]) == ["duplicate"] * 5


async def statuses(stack: Stack, bodies: Sequence[Mapping[str, object]]) -> list[str]:
    return [(await stack.core.post(body)).json()["status"] for body in bodies]
