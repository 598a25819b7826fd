"""Encryption of what Temporal stores: checked in the server's own files and through a rotation."""

import asyncio
import base64
import json
import re
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle, WorkflowHistory
from temporalio.worker import Replayer

from adapters.temporal import connection as temporal
from tests.harness.asking import asked_everywhere
from tests.harness.chats import until_read, until_whole
from tests.harness.core import Changes
from tests.harness.keys import encryption_keys, secret
from tests.harness.operator import until_found
from tests.harness.phone import Owner
from tests.harness.processes import Process, until
from tests.harness.scrape import scrape
from tests.harness.stack import Stack, load, running_stack
from worker.app import WORKFLOWS

CODEC_SECRET = secret("codec")
OWNER = Owner(7654321)
UNREADABLE = "gateway_unreadable_payloads_total"
TEXTS = {
    "draft": "The heron lands at daybreak",
    "edit": "No heron has landed so far",
    "operator's text": "Herons stay away altogether",
    "post": "posts/about-herons",
    "flag": "mentions-herons",
    "operator": "ana-of-the-night-shift",
    "number": OWNER.whatsapp.removeprefix("whatsapp:"),
    "e-mail": OWNER.imessage,
    "failure": "core answered 400",
    "summary": "WhatsApp: part 1 of the prompt",
    "answered post": "Where have all the waders gone",
    "its author": "@birdwatcher",
    "note": "ask-about-storks-instead",
    "proposal": "Herons rest on one leg",
}


@pytest.mark.parametrize("keys", [encryption_keys("a"), ""], ids=["encrypted", "in clear"])
async def test_temporal_stores_no_text_and_no_address_of_a_candidate(tmp_path: Path, keys: str) -> None:
    """The run without encryption proves that the search finds the texts."""
    async with running_stack(tmp_path, PAYLOAD_ENCRYPTION_KEYS=keys) as stack:
        runs = await tell_everything(stack)
        for run in runs:
            await asyncio.wait_for(run.result(), timeout=30)
        await stack.temporal.kill()

    assert found_in(tmp_path) == (set() if keys else set(TEXTS))


def found_in(folder: Path) -> set[str]:
    stored = b"".join(path.read_bytes() for path in folder.glob("temporal.db*"))
    return {name for name, text in TEXTS.items() if any(form in stored for form in forms(text))}


async def tell_everything(stack: Stack) -> list[WorkflowHandle[Any, Any]]:
    """Takes candidates through edits, quotes, help, operators, a parked callback and failures."""
    said: Changes = {
        "proposed_text": TEXTS["draft"],
        "context_url": f"https://example.com/{TEXTS['post']}",
        "risk_flags": [TEXTS["flag"]],
        "source_text": TEXTS["answered post"],
        "source_author": TEXTS["its author"],
    }
    phone = stack.phone
    edited, quoted, operated, unreached = [await asked_everywhere(stack, "whatsapp", OWNER, **said) for _ in range(4)]
    await phone.says("imessage", OWNER, "help")
    await phone.until_message("imessage", OWNER, "yes = post it")
    await phone.fault("core.decisions", match=edited["id"], times=1, status=400)
    await phone.says("imessage", OWNER, f"edit {edited['id']}: {TEXTS['edit']}")
    prompt = await phone.until_prompted("whatsapp", quoted["id"])
    await phone.says("whatsapp", OWNER, TEXTS["proposal"], quoted=prompt["id"])
    await phone.says("whatsapp", OWNER, "approve", quoted=prompt["id"])
    wish = {"operator": TEXTS["operator"], "decision": "edited", "final_text": TEXTS["operator's text"]}
    await stack.run_of(operated["id"]).signal("decide", wish)
    await stack.core.until_callback(edited["id"], "parked")
    await stack.run_of(edited["id"]).signal("retry_callback")
    for target, address in (("twilio.messages", OWNER.whatsapp), ("photon.send", OWNER.imessage)):
        await phone.fault(target, match=address, status=400, code=21211)
    await phone.says("whatsapp", OWNER, f"skip {unreached['id']}: {TEXTS['note']}")
    gone = await stack.core.accepted(OWNER, **said)

    decisions = {
        name: (await phone.until_decided(c["id"]))["final_text"] for name, c in {"a": edited, "b": operated}.items()
    }
    assert decisions == {"a": TEXTS["edit"], "b": TEXTS["operator's text"]}
    assert (await phone.until_decided(gone["id"]))["decider"] == "system:undeliverable"
    await until_found(stack.client, f"BrandId = '{edited['brand_id']}' AND ApprovalState = 'edited'")
    shown = (await stack.core.http.get("/activity", params={"brand_id": edited["brand_id"]})).json()
    assert [entry["final_text"] for entry in shown["activities"]] == [TEXTS["edit"]]
    candidates = [edited, quoted, operated, unreached, gone]
    return [stack.run_of(candidate["id"]) for candidate in candidates]


def forms(text: str) -> Iterator[bytes]:
    """Yields the forms of a text in a file: plain, hexadecimal, and base64 at any offset."""
    for data in (text.encode(), text.encode("utf-16-le")):
        yield data
        yield data.hex().encode()
        yield data.hex().upper().encode()
        for offset in range(3):
            inner = base64.b64encode(bytes(offset) + data)[4:-4]
            yield inner
            yield inner.translate(bytes.maketrans(b"+/", b"-_"))


@pytest.mark.parametrize("former", [encryption_keys("a"), ""], ids=["rotated", "switched on"])
async def test_candidates_continue_with_a_new_key(tmp_path: Path, former: str) -> None:
    both = encryption_keys("b", "a") if former else encryption_keys("b")
    async with running_stack(tmp_path, PAYLOAD_ENCRYPTION_KEYS=former) as stack:
        owners = [Owner(), Owner(), Owner()]
        waiting, parked, over = [await asked_everywhere(stack, "whatsapp", owner) for owner in owners]
        await stack.phone.fault("core.decisions", match=parked["id"], times=1, status=400)
        for owner, candidate in zip(owners[1:], (parked, over), strict=True):
            await stack.phone.says("whatsapp", owner, f"approve {candidate['id']}")
        await stack.core.until_callback(parked["id"], "parked")
        await stack.core.until_callback(over["id"], "delivered")
        await until_whole(stack, "whatsapp", owners[0], waiting)  # Twilio reports once, and not to an edge that is down

        for process in (stack.api, stack.worker):
            await process.restart(PAYLOAD_ENCRYPTION_KEYS=both)
        stack.client = await connect(stack, both)

        await until_read(stack, "whatsapp", owners[0], waiting)
        await stack.phone.says("whatsapp", owners[0], "edit: with another key")
        await stack.run_of(parked["id"]).signal("retry_callback")
        assert (await stack.phone.until_decided(waiting["id"]))["final_text"] == "with another key"
        assert (await stack.phone.until_decided(parked["id"]))["decision"] == "approved"
        assert (await stack.core.candidate(over["id"]))["proposed_text"] == over["proposed_text"]
        for candidate in (waiting, parked):
            await asyncio.wait_for(stack.run_of(candidate["id"]).result(), timeout=30)
            history = await stack.run_of(candidate["id"]).fetch_history()
            replayer = Replayer(workflows=WORKFLOWS, data_converter=stack.client.data_converter)
            await replayer.replay_workflow(history)
            names = key_ids(history)
            assert set(names) == ({"a", "b"} if former else {"b"})
            assert names[-1] == "b"


async def test_missing_key_stops_a_run_visibly_until_it_is_added(tmp_path: Path) -> None:
    former, both = encryption_keys("a"), encryption_keys("b", "a")
    async with running_stack(tmp_path, PAYLOAD_ENCRYPTION_KEYS=former) as stack:
        owner = Owner()
        candidate = await asked_everywhere(stack, "whatsapp", owner)
        await stack.api.restart(PAYLOAD_ENCRYPTION_KEYS=both)
        stack.client = await connect(stack, both)
        run = stack.run_of(candidate["id"])

        assert (await stack.phone.says("whatsapp", owner, f"approve {candidate['id']}")).statuses == [200]

        async def failed() -> bool:
            return "WORKFLOW_TASK_FAILED" in (await run.fetch_history()).to_json() and "'b'" in stack.worker.output

        await until(failed)
        assert (await scrape(stack.worker_metrics_url)).value(UNREADABLE) > 0
        assert named_in_the_log(stack.worker) == ["b"]
        await stack.worker.restart(PAYLOAD_ENCRYPTION_KEYS=both)
        assert (await stack.phone.until_decided(candidate["id"], within=60))["decision"] == "approved"

        await stack.api.restart(PAYLOAD_ENCRYPTION_KEYS=encryption_keys("c"))
        metrics = f"{stack.gateway_url}/metrics"
        assert (await scrape(metrics)).value(UNREADABLE) == 0
        for _ in range(2):
            response = await stack.core.http.get(f"/candidate/{candidate['id']}")
            assert response.status_code == 503
            assert "'a'" in response.json()["detail"]
        assert (await scrape(metrics)).value(UNREADABLE) > 0
        assert named_in_the_log(stack.api) == ["a"]


def named_in_the_log(process: Process) -> list[str]:
    """Returns the keys that a process logs as missing, one per line."""
    lines = [line for line in process.output.splitlines() if "payload_unreadable" in line]
    return [str(json.loads(line)["reason"]).split("'")[1] for line in lines]


async def connect(stack: Stack, keys: str) -> Client:
    """Connects to Temporal with these keys."""
    settings = load({**stack.environment, "PAYLOAD_ENCRYPTION_KEYS": keys})
    converter = temporal.data_converter(settings.encryption_keys)
    return await Client.connect(stack.environment["TEMPORAL_ADDRESS"], data_converter=converter)


def key_ids(history: WorkflowHistory) -> list[str]:
    """Returns the key of each encrypted payload, in order."""
    return [base64.b64decode(name).decode() for name in re.findall(r'"encryption-key-id": "(.*?)"', history.to_json())]


@pytest.fixture(scope="module")
async def encrypted(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    settings = {"PAYLOAD_ENCRYPTION_KEYS": encryption_keys("a"), "CODEC_SECRETS": CODEC_SECRET}
    async with running_stack(tmp_path_factory.mktemp("encrypted"), **settings) as stack:
        yield stack


async def test_operator_reads_and_decides_by_temporals_cli(encrypted: Stack) -> None:
    candidate = await asked_everywhere(encrypted, "whatsapp", Owner())
    workflow = ("--workflow-id", f"approval/{candidate['id']}")

    shown = await cli(encrypted, "workflow", "show", *workflow, "--output", "json")
    signal = ("--name", "decide", "--input", '{"operator": "ana", "decision": "edited", "final_text": "by hand"}')
    await cli(encrypted, "workflow", "signal", *workflow, *signal)

    read = b"".join(base64.b64decode(data) for data in re.findall(r'"data": "(.*?)"', shown))
    assert candidate["proposed_text"].encode() in read
    assert (await encrypted.phone.until_decided(candidate["id"]))["final_text"] == "by hand"
    history = await encrypted.run_of(candidate["id"]).fetch_history()
    assert {event.event_id for event in history.events if "binary/encrypted" in str(event)} >= signaled(history)


def signaled(history: WorkflowHistory) -> set[int]:
    return {e.event_id for e in history.events if e.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED}


async def cli(stack: Stack, *command: str) -> str:
    """Runs Temporal's CLI with the gateway's codec and returns its output."""
    process = await asyncio.create_subprocess_exec(
        str(shutil.which("temporal", path=str(Path(sys.executable).parent))),
        *(*command, "--address", stack.environment["TEMPORAL_ADDRESS"]),
        *("--codec-endpoint", f"{stack.gateway_url}/codec", "--codec-auth", f"Bearer {CODEC_SECRET}"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), timeout=30)
    assert process.returncode == 0, output.decode()
    return output.decode()
