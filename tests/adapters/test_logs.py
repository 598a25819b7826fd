"""Log lines are JSON, name the candidate, and contain nothing private of an owner or core."""

import asyncio
import json
import os
import re
import sys
from typing import Any

import httpx

from tests.harness.keys import secret
from tests.harness.phone import Owner
from tests.harness.processes import REPOSITORY, run_python, until
from tests.harness.stack import Stack
from tests.harness.waits import metrics_url

CANDIDATE_EVENTS = {
    "candidate_accepted",
    "reply_signaled",
    "prompt_part_ended",
    "candidate_decided",
    "callback_state_changed",
}
LOG_A_LINE = """
import structlog
from adapters import logs
logs.configure()
structlog.get_logger().info("decided", outcome="approved")
"""
LOG_A_FAILURE = """
import structlog
from adapters import logs
logs.configure(logs.LogFormat.CONSOLE)
secret = "local-variable"
try:
    raise ValueError("unexpected")
except ValueError:
    structlog.get_logger().exception("failed")
"""
LOADED = """
from adapters import logs
from adapters.config import settings
logs.configure(settings.load().log_format)
import structlog
structlog.get_logger().info("decided", outcome="approved", candidate_id="cr_1", workflow_id="approval/cr_1", note=None)
"""
DRAFT, REPLY, UNREADABLE = "The draft nobody may log", "The reply nobody may log", "The chatter nobody may log"
NOTE = "The wish nobody may log"
ESCAPE = "\x1b"


def lines(stack: Stack) -> list[str]:
    return (stack.api.output + stack.worker.output).splitlines()


async def page(url: str) -> str:
    async with httpx.AsyncClient() as http:
        return (await http.get(url)).raise_for_status().text


async def test_logs_are_json_name_their_candidate_and_keep_secrets(stack: Stack, owner: Owner) -> None:
    candidate = await stack.core.accepted(owner, proposed_text=DRAFT)
    for channel in ("whatsapp", "imessage"):
        await stack.phone.until_prompted(channel, candidate["id"])
        await stack.phone.says(channel, owner, UNREADABLE)
    await stack.core.http.get("/activity", params={"brand_id": "b'"})
    await stack.core.http.post("/candidate", json={**candidate, "persona": DRAFT})
    await stack.phone.fault("core.decisions", status=503, match=candidate["id"], times=1)
    await stack.phone.says("whatsapp", owner, f"edit {candidate['id']}: {REPLY}")
    await stack.phone.until_decided(candidate["id"])
    rejected = await stack.core.accepted(owner)
    await stack.phone.until_prompted("whatsapp", rejected["id"])
    await stack.phone.says("whatsapp", owner, f"redo {rejected['id']}: {NOTE}")
    await stack.core.until_callback(rejected["id"], "delivered")

    def about() -> list[dict[str, Any]]:
        events = [json.loads(line) for line in lines(stack) if candidate["id"] in line]
        return [event for event in events if event["event"] in CANDIDATE_EVENTS]

    await until(lambda: {event["event"] for event in about()} == CANDIDATE_EVENTS)
    for event in about():
        assert (event["candidate_id"], event["brand_id"]) == (candidate["id"], candidate["brand_id"]), event
        assert event["workflow_id"] == f"approval/{candidate['id']}", event
    failed = [json.loads(line) for line in lines(stack) if candidate["id"] in line and "activity_failed" in line]
    assert [event["reason"] for event in failed] == ["CallbackPostponed: core answered 503"]
    assert "exception" not in failed[0], "an ordinary refusal needs no traceback"
    for line in lines(stack):
        assert {"event", "level", "timestamp"} <= set(json.loads(line)), line
        assert "color_message" not in line
    everything = "\n".join(lines(stack))
    metrics = [await page(url) for url in (metrics_url(stack.core), stack.worker_metrics_url)]
    for text in (DRAFT, REPLY, UNREADABLE, NOTE, owner.whatsapp, owner.imessage):
        assert text not in everything
        assert text not in "\n".join(metrics)
    for name, value in stack.environment.items():
        assert not re.search("SECRET|TOKEN|KEY", name) or value not in everything, name
    assert not re.search(r"\+\d{7,}|[\w.]+@[\w.]+\.\w+", everything)


async def test_output_that_takes_no_line_stops_nothing() -> None:
    reader, closed = os.pipe()
    os.close(reader)
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", f"{LOG_A_LINE}\nimport os; os._exit(7)"), cwd=REPOSITORY, stdout=closed
        )
        assert await asyncio.wait_for(process.wait(), timeout=20) == 7
    finally:
        os.close(closed)


async def in_a_terminal(program: str, **environment: str) -> list[str]:
    reader, terminal = os.openpty()
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", program),
            cwd=REPOSITORY,
            env={"PATH": os.environ["PATH"], **environment},
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
        )
        assert await process.wait() == 0
        return os.read(reader, 10_000).decode().splitlines()
    finally:
        os.close(terminal)
        os.close(reader)


async def test_terminal_shows_an_event_a_line_in_color_unless_no_color_is_set() -> None:
    (colored,), (plain,) = await asyncio.gather(
        in_a_terminal(LOG_A_LINE), in_a_terminal(LOG_A_LINE, NO_COLOR="1", FORCE_COLOR="1")
    )

    assert ESCAPE in colored
    assert re.fullmatch(r"\d\d:\d\d:\d\d \[info     \] decided +outcome=approved", plain)


async def test_log_format_decides_also_in_a_terminal_and_without_one() -> None:
    environment = minimal(LOG_FORMAT="json")
    (line,) = await in_a_terminal(LOADED, **environment)
    assert json.loads(line)["outcome"] == "approved"

    code, output = await run_python("-c", LOADED, environment=minimal(LOG_FORMAT="console", FORCE_COLOR="1"))
    assert code == 0, output
    assert ESCAPE in output
    assert re.search(r"decided +outcome=approved candidate_id=cr_1$", without_color(output.rstrip()))

    code, output = await run_python("-c", LOADED, environment=minimal())
    assert json.loads(output)["note"] is None, "what programs read stays whole"


async def test_unknown_log_format_is_refused_with_what_is_possible() -> None:
    code, output = await run_python("-c", LOADED, environment=minimal(LOG_FORMAT="pretty"))

    assert code == 2
    assert "LOG_FORMAT: Input should be 'json' or 'console'" in output


async def test_traceback_for_a_person_shows_no_variables() -> None:
    code, output = await run_python("-c", LOG_A_FAILURE, environment={})

    assert code == 0
    assert "ValueError: unexpected" in output
    assert "local-variable" not in output


def minimal(**more: str) -> dict[str, str]:
    return {"WEBHOOK_SIGNING_SECRET": secret("core"), "CORE_DECISION_WEBHOOK": "http://127.0.0.1:1", **more}


def without_color(text: str) -> str:
    return re.sub(rf"{ESCAPE}\[\d*m", "", text)
