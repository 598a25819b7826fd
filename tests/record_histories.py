"""`python -m tests.record_histories`: records a history of each outcome for the replay tests.

With names as arguments, it records only those. Run it once per release. The histories of earlier
releases stay, because their candidates might still be waiting.
"""

import asyncio
import json
import sys
import tempfile
import tomllib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHandle, WorkflowHistory

from adapters.temporal import connection as temporal
from domain.candidate import Approver, Candidate, Persona, Platform
from domain.channels import Channel
from domain.identifiers import PHOTON_SUBSCRIPTION_WORKFLOW_ID, receipts_workflow_id
from domain.writing.lists import HELP
from domain.writing.prompt_parts import prompt_parts
from tests.domain import examples
from tests.harness.core import draft
from tests.harness.edges import twilio_posts
from tests.harness.operator import signals
from tests.harness.phone import Owner
from tests.harness.processes import REPOSITORY, until
from tests.harness.stack import CORE_SECRET, Stack, running_stack
from tools.dev import CONTENT_SIDS
from workflows.signals import AskAgain, AttemptStatus

HISTORIES = Path(__file__).with_name("histories")
_NUMBER: dict[str, Any] = {"target": "twilio.messages", "status": 400, "code": 21211}
_ADDRESS_ALONE: dict[str, Any] = {"status": 400}
_ADDRESS: dict[str, Any] = {"target": "photon.send", "status": 400}

_ON_WHATSAPP: dict[str, Any] = {"owner_imessage": None}
_ALONE = {"found_at_twilio", "overtaken", "redis_down"}

Run = WorkflowHandle[Any, Any]


class Recorder:
    """Takes candidates to their ends; each method's name says how."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._phone = stack.phone

    async def approved(self) -> Run:
        return await self._answered("whatsapp", "approve {}")

    async def edited(self) -> Run:
        return await self._answered("imessage", "edit {}: Another text", proposed_text="word " * 600)

    async def rejected(self) -> Run:
        return await self._answered("whatsapp", "skip {}")

    async def expired(self) -> Run:
        return (await self._candidate(Owner(), deadline_sec=10))[1]

    async def undeliverable(self) -> Run:
        owner = Owner()
        await self._phone.fault(match=owner.whatsapp, **_NUMBER)
        await self._phone.fault(match=owner.imessage, **_ADDRESS)
        return (await self._candidate(owner))[1]

    async def one_channel_refused(self) -> Run:
        owner = Owner()
        await self._phone.fault(match=owner.whatsapp, **_NUMBER)
        return await self._answered("imessage", "approve {}", owner)

    async def cancelled(self) -> Run:
        candidate_id, run = await self._prompted(Owner())
        await run.cancel()
        await self._phone.until_decided(candidate_id)
        return run

    async def decided_by_operator(self) -> Run:
        _, run = await self._prompted(Owner())
        await run.signal("decide")
        await run.signal("decide", {"operator": "ann", "decision": "approved"})
        return run

    async def decided_after_a_misspelling(self) -> Run:
        _, run = await self._prompted(Owner())
        for decision in ("aproved", "approved"):
            await run.signal("decide", {"operator": "ann", "decision": decision})
        return run

    async def parked_then_retried(self) -> Run:
        owner = Owner()
        candidate_id, run = await self._prompted(owner)
        await self._phone.fault("core.decisions", match=candidate_id, times=1, status=503)
        await self._phone.fault("core.decisions", match=candidate_id, times=1, status=410)
        await self._phone.says("whatsapp", owner, f"approve {candidate_id}")
        await self._stack.core.until_callback(candidate_id, "parked")
        await run.signal("reply", {"message_key": "late", "sender": owner.whatsapp, "outcome": "rejected"})
        await self._phone.until_message("whatsapp", owner, "already approved")
        await run.signal("retry_callback")
        return run

    async def unknown_send_repeated(self) -> Run:
        owner = Owner()
        await self._phone.fault("twilio.messages", match=owner.whatsapp, times=1, drop=True)
        candidate_id, run = await self._candidate(owner, deadline_sec=20)
        await self._phone.until_message("whatsapp", owner, "(repeated, ")
        await self._phone.says("whatsapp", owner, f"approve {candidate_id}")
        return run

    async def found_at_twilio(self) -> Run:
        """Runs after the others, because Twilio reports nothing meanwhile.

        Only Twilio's list shows the message.
        """
        owner = Owner()
        await self._phone.fault("photon.send", match=owner.imessage, **_ADDRESS_ALONE)
        await self._phone.fault("twilio.messages", match=owner.whatsapp, times=1, accept=True, drop=True)
        await self._phone.statuses()
        candidate_id, run = await self._candidate(owner, deadline_sec=30)
        await self._stack.core.until_state(candidate_id, "prompted")
        await self._phone.says("whatsapp", owner, f"approve {candidate_id}")
        return run

    async def came_back_and_asked_again(self) -> Run:
        owner = Owner()
        candidate_id, run = await self._prompted(owner, deadline_sec=40)
        prompt = await self._phone.until_prompted("whatsapp", candidate_id)
        await run.signal("delivery", AttemptStatus("1-1", prompt["id"], "undelivered", "63018"))
        await self._phone.until_message("whatsapp", owner, "(repeated, ")
        await run.signal("ask_again", AskAgain("ann", "imessage"))
        await self._phone.until_message("imessage", owner, "(repeated, ")
        await self._phone.says("imessage", owner, f"approve {candidate_id}")
        return run

    async def opted_out(self) -> Run:
        owner = Owner()
        candidate_id, run = await self._prompted(owner)
        await self._phone.says("whatsapp", owner, "STOP")
        await self._phone.until_prompted("imessage", candidate_id)
        await self._phone.says("imessage", owner, f"approve {candidate_id}")
        return run

    async def settled_by_report(self) -> Run:
        owner = Owner()
        await self._phone.fault("twilio.messages", match=owner.whatsapp, times=1, accept=True, drop=True)
        candidate_id, run = await self._candidate(owner)
        await until(lambda: signals(run), lambda names: "delivery" in names)
        await self._phone.says("whatsapp", owner, f"approve {candidate_id}")
        return run

    async def undelivered_on_whatsapp(self) -> Run:
        owner = Owner()
        candidate_id, run = await self._prompted(owner)
        prompt = await self._phone.until_prompted("whatsapp", candidate_id)
        form = [("MessageSid", prompt["id"]), ("MessageStatus", "undelivered"), ("ErrorCode", "63003")]
        path = f"/webhooks/whatsapp/status/{candidate_id}/1-1"
        (await twilio_posts(self._stack.core.http, form, path=path)).raise_for_status()
        await self._phone.says("imessage", owner, f"approve {candidate_id}")
        return run

    async def template_outside_the_window(self) -> Run:
        owner = Owner()
        await self._heard(owner)
        await self._phone.close_window(owner)
        return await self._answered("whatsapp", "skip {}", owner, **_ON_WHATSAPP, proposed_text="word " * 600)

    async def cut_until_all_was_read(self) -> Run:
        owner = Owner()
        candidate_id, run = await self._prompted(owner, **_ON_WHATSAPP, proposed_text="word " * 600)
        await self._phone.taps(await self._phone.until_prompted("whatsapp", candidate_id), "Read all")
        await self._phone.until_message("whatsapp", owner, "(3/3)")
        await self._phone.says("whatsapp", owner, f"approve {candidate_id}")
        return run

    async def approved_before_it_was_shown(self) -> Run:
        await self._prompted(Owner(), brand_id="b_short_queue")
        owner = Owner()
        candidate_id, run = await self._candidate(owner, **_ON_WHATSAPP, brand_id="b_short_queue")
        await run.signal("reply", {"message_key": "early", "sender": owner.whatsapp, "outcome": "approved"})
        await self._phone.until_prompted("whatsapp", candidate_id)
        await self._phone.says("whatsapp", owner, f"approve {candidate_id}")
        return run

    async def one_part_that_just_fits(self) -> Run:
        return await self._parted(0, "as it is?")

    async def two_parts_for_one_character_more(self) -> Run:
        return await self._parted(1, "(2/2)")

    async def _parted(self, more: int, awaited: str) -> Run:
        """Gets a draft approved that is longer by `more` characters than fits into one message."""
        owner = Owner()
        await self._heard(owner)
        body = draft(owner)
        like = examples.candidate(
            id=body["id"], brand_id=body["brand_id"], platform=Platform(body["platform"]), rules=2
        )
        like = replace(like, persona=Persona(body["persona"]), context_url=body["context_url"])
        fits = next(n for n in range(1600, 0, -1) if _parts(replace(like, proposed_text="x" * n)) == 1)
        text = "x" * (fits + more)
        candidate_id, run = await self._candidate(owner, **{**body, **_ON_WHATSAPP, "proposed_text": text})
        await self._phone.until_message("whatsapp", owner, awaited)
        await self._phone.says("whatsapp", owner, f"approve {candidate_id}")
        return run

    async def _heard(self, owner: Owner) -> None:
        """Lets an owner write, so that the gateway knows that the window is open."""
        candidate_id, _ = await self._prompted(owner, **_ON_WHATSAPP)
        await self._phone.says("whatsapp", owner, f"skip {candidate_id}")
        await self._phone.until_decided(candidate_id)

    async def slot_waited_for(self) -> Run:
        await self._prompted(Owner(), brand_id="b_queue")
        return await self._answered("whatsapp", "approve {}", brand_id="b_queue")

    async def decided_in_the_queue(self) -> Run:
        await self._prompted(Owner(), brand_id="b_long_queue")
        _, run = await self._candidate(Owner(), brand_id="b_long_queue")
        await run.signal("withdraw", {"operator": "ann"})
        return run

    async def prompt_overlapped_decision(self) -> Run:
        owner = Owner()
        await self._phone.fault("twilio.messages", match=owner.whatsapp, times=1, delay_sec=1.5)
        candidate_id, run = await self._candidate(owner)
        await self._phone.until_prompted("imessage", candidate_id)
        await self._phone.says("imessage", owner, f"approve {candidate_id}")
        return run

    async def help_on_imessage(self) -> Run:
        owner = Owner()
        await self._prompted(owner)
        said = await self._phone.says("imessage", owner, "help")
        await self._phone.until_message("imessage", owner, HELP)
        query = f"WorkflowId STARTS_WITH 'reply/imessage/{said.message_id}-'"

        async def found() -> str | None:
            return next(iter([run.id async for run in self._stack.client.list_workflows(query)]), None)

        return self._stack.client.get_workflow_handle(await until(found))

    async def receipts_of_a_chat(self) -> Run:
        """Returns the chat's run, not a candidate's."""
        owner = Owner()
        runs = [(await self._prompted(owner))[1] for _ in range(2)]
        await asyncio.gather(*(run.signal("withdraw", {"operator": "ann"}) for run in runs))
        await self._phone.until_message("whatsapp", owner, "no answer any more")
        chat = Approver.read(Channel.WHATSAPP, owner.whatsapp)
        return self._stack.client.get_workflow_handle(receipts_workflow_id(CORE_SECRET, chat))

    async def taken_back_by_core(self) -> Run:
        candidate_id, run = await self._prompted(Owner())
        await self._stack.core.withdraw(candidate_id)
        return run

    async def replaced(self) -> Run:
        """Returns the run of the old candidate; one chat gets its receipt."""
        old, _ = await self._replaced(Owner())
        return old

    async def in_place_of_another(self) -> Run:
        """Returns the new candidate's run; its prompt reports the old one's end in one chat."""
        owner = Owner()
        _, new = await self._replaced(owner)
        await self._phone.until_message("whatsapp", owner, "Instead of ")
        await self._phone.says("whatsapp", owner, f"approve {new.id.removeprefix('approval/')}")
        return new

    async def in_place_of_another_and_taken_back(self) -> Run:
        """Returns the run of the new candidate.

        It asks nobody, and so reports the old one's end in a receipt.
        """
        owner = Owner()
        await self._prompted(owner, brand_id="b_taken_back")
        old, _ = await self._prompted(owner, brand_id="b_taken_back", **_ON_WHATSAPP)
        new, run = await self._candidate(owner, brand_id="b_taken_back", replaces=old, **_ON_WHATSAPP)
        await self._stack.core.withdraw(new)
        return run

    async def overtaken(self) -> Run:
        """Runs after the others, because it stops the worker.

        So the old candidate is approved before the new one's run begins.
        """
        owner = Owner()
        old, _ = await self._prompted(owner, brand_id="b_overtaken")
        await self._stack.worker.kill()
        await self._phone.says("whatsapp", owner, f"approve {old}")
        _, run = await self._candidate(owner, brand_id="b_overtaken", replaces=old)
        await self._stack.worker.start()
        return run

    async def _replaced(self, owner: Owner) -> tuple[Run, Run]:
        brand = f"b_{owner.number}"
        candidate_id, old = await self._prompted(owner, brand_id=brand)
        changes: dict[str, Any] = {"brand_id": brand, "replaces": candidate_id, "owner_imessage": Owner().imessage}
        return old, (await self._candidate(owner, **changes))[1]

    async def redis_down(self) -> Run:
        """Runs last, because it stops Redis."""
        await self._stack.valkey.kill()
        owner = Owner()
        candidate_id, run = await self._candidate(owner)

        async def asked_again() -> bool:
            return bool((await run.describe()).raw_description.pending_activities)

        await until(asked_again)
        await self._stack.valkey.start()
        await self._phone.until_prompted("whatsapp", candidate_id)
        await self._phone.says("whatsapp", owner, f"approve {candidate_id}")
        return run

    async def _answered(self, channel: str, words: str, owner: Owner | None = None, **changes: Any) -> Run:
        owner = owner or Owner()
        candidate_id, run = await self._candidate(owner, **changes)
        await self._phone.until_prompted(channel, candidate_id)
        await self._phone.says(channel, owner, words.format(candidate_id))
        return run

    async def _prompted(self, owner: Owner, **changes: Any) -> tuple[str, Run]:
        candidate_id, run = await self._candidate(owner, **changes)
        await self._phone.until_prompted("whatsapp", candidate_id)
        return candidate_id, run

    async def _candidate(self, owner: Owner, **changes: Any) -> tuple[str, Run]:
        candidate_id = (await self._stack.core.accepted(owner, **changes))["id"]
        return candidate_id, self._stack.run_of(candidate_id)


async def main() -> None:
    version = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"]
    folder = HISTORIES / version
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        async with running_stack(Path(data), MIN_SPACING_SEC="3", **CONTENT_SIDS) as stack:
            recorder = Recorder(stack)
            if names := sys.argv[1:]:
                await asyncio.gather(*(_record(folder, getattr(recorder, name)) for name in names))
                return
            await asyncio.gather(*(_record(folder, tell) for tell in _stories(recorder)))
            await _record(folder, recorder.found_at_twilio)
            await _record(folder, recorder.overtaken)
            await _record(folder, recorder.redis_down)
            subscription = stack.client.get_workflow_handle(PHOTON_SUBSCRIPTION_WORKFLOW_ID)
            _save(folder / "subscription.json", await subscription.fetch_history())


def _parts(candidate: Candidate) -> int:
    return len(prompt_parts(candidate, Channel.WHATSAPP))


def _stories(recorder: Recorder) -> list[Callable[[], Awaitable[Run]]]:
    names = [name for name in vars(Recorder) if not name.startswith("_") and name not in _ALONE]
    return [getattr(recorder, name) for name in names]


async def _record(folder: Path, tell: Callable[[], Awaitable[Run]]) -> None:
    run = await tell()
    await asyncio.wait_for(run.result(), timeout=60)
    _save(folder / f"{tell.__name__}.json", await run.fetch_history())


def _save(path: Path, recorded: WorkflowHistory) -> None:
    history = _anonymous(json.loads(recorded.to_json()))
    path.write_text(json.dumps(history, indent=1, sort_keys=True) + "\n")
    print(path.relative_to(REPOSITORY))  # noqa: T201  # a command prints


def _anonymous(value: Any) -> Any:
    """Removes details of the machine: its processes, sticky queues and paths in stack traces."""
    if isinstance(value, list):
        return [_anonymous(item) for item in value]
    if not isinstance(value, dict):
        return value
    clean = {key: _anonymous(item) for key, item in value.items() if key != "stackTrace"}
    if "identity" in clean:
        clean["identity"] = "worker"
    if clean.get("kind") == "TASK_QUEUE_KIND_STICKY":
        clean["name"] = "sticky"
    return clean


if __name__ == "__main__":
    asyncio.run(main())
    temporal.leave()
