"""Runs the commands that documents mention in passing; tests/faults runs whole manuals."""

import asyncio
import json
import re
import shutil
from pathlib import Path

import pytest

from tests.harness.asking import asked
from tests.harness.core import draft
from tests.harness.manual import Manual
from tests.harness.phone import Owner
from tests.harness.processes import REPOSITORY
from tests.harness.stack import Stack, environment

ANY_ID, NAME, LOCAL = "<candidate id>", "https://approvals.example.com", "localhost:8080"
BY_ID = "--workflow-id approval/<candidate id>"
WITHOUT_CURL = (
    "python -c \"import http.client as h; c = h.HTTPConnection('localhost:8080'); "
    "c.request('GET', '/readyz'); print(c.getresponse().read().decode())\""
)
QUEUE = "temporal task-queue describe --task-queue approval-gateway"
RUN_HERE = {
    f"temporal workflow delete {BY_ID} --yes",
    f"temporal workflow show {BY_ID} --output json",
    "temporal workflow terminate --workflow-id approval/doctor_test_…",
    "temporal workflow describe --workflow-id photon-subscription",
    "temporal operator cluster health",
    "temporal batch list",
    QUEUE,
}
RUN_BY_TEST_DEPLOYS = {"temporal worker deployment describe --name approval-gateway"}
needs_curl = pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("openssl")), reason="curl or openssl is not installed"
)


def manual(stack: Stack, path: str, **more: str) -> Manual:
    return Manual(path, {**stack.environment, **more})


def test_each_of_temporals_inline_commands_in_the_documents_is_run() -> None:
    """Commands without an argument, or with an ellipsis, are incomplete and do not run."""
    documents = [*(REPOSITORY / "docs").glob("*.md"), *(REPOSITORY / "deploy").rglob("*.md")]
    text = "\n".join(document.read_text(encoding="utf-8") for document in documents)
    named = set(re.findall(r"`(temporal (?:operator|batch|[a-z -]+ --)[^`]*)`", text))
    others = {command for command in named if " …" in command or "'…'" in command or "--codec-endpoint" in command}

    assert named - others == RUN_HERE | RUN_BY_TEST_DEPLOYS


async def test_run_terminated_by_mistake_is_reset_and_one_that_has_ended_is_deleted(stack: Stack) -> None:
    owner = Owner()
    candidate_id = (await asked(stack, "whatsapp", owner))["id"]
    terminate = "temporal workflow terminate --workflow-id approval/doctor_test_…"
    await manual(stack, "docs/doctor.md").run_inline(terminate, {"doctor_test_…": candidate_id})

    await manual(stack, "docs/operations.md").run("Reset a run", 0, {"cr_8f9a1b2c": candidate_id})
    await stack.phone.says("whatsapp", owner, f"approve {candidate_id}")
    assert (await stack.phone.until_decided(candidate_id))["decider"] == owner.whatsapp
    assert len(await stack.phone.prompts("whatsapp", candidate_id)) == 1

    await asyncio.wait_for(stack.run_of(candidate_id).result(), timeout=20)
    delete = f"temporal workflow delete {BY_ID} --yes"
    await manual(stack, "docs/maintenance.md").run_inline(delete, {ANY_ID: candidate_id})


async def test_inline_commands_of_the_runbook_work(stack: Stack) -> None:
    candidate_id = (await asked(stack, "whatsapp", Owner()))["id"]
    runbook, this = manual(stack, "docs/runbook.md"), {ANY_ID: candidate_id}

    queue, health, subscription, history, _ = await asyncio.gather(
        runbook.run_inline(QUEUE),
        runbook.run_inline("temporal operator cluster health"),
        runbook.run_inline("temporal workflow describe --workflow-id photon-subscription"),
        runbook.run_inline(f"temporal workflow show {BY_ID} --output json", this),
        manual(stack, "docs/operations.md").run_inline("temporal batch list"),
    )

    assert re.search(r"Pollers:\n(?s:.+)\bactivity\b", queue)
    assert "SERVING" in health
    assert "PhotonSubscriptionWorkflow" in subscription
    assert json.loads(history)["events"][0]["eventType"] == "EVENT_TYPE_WORKFLOW_EXECUTION_STARTED"


@needs_curl
async def test_curl_checks_the_gateway_and_posts_a_traced_candidate(stack: Stack, tmp_path: Path) -> None:
    candidate = draft(Owner())
    (tmp_path / "candidate.json").write_text(json.dumps(candidate), encoding="utf-8")
    local = {LOCAL: stack.gateway_url.removeprefix("http://")}

    ready, sidecar, name, forged, accepted = await asyncio.gather(
        manual(stack, "docs/operations.md").run_inline(WITHOUT_CURL, local),
        manual(stack, "docs/runbook.md").run_inline('curl -s "$PHOTON_BASE_URL/health"'),
        manual(stack, "docs/deployment.md").run_inline(f"curl {NAME}/", {NAME: stack.gateway_url}),
        manual(stack, "deploy/README.md", URL=stack.gateway_url).run_inline(
            'curl -X POST -d Body=hi "$URL/webhooks/whatsapp"'
        ),
        manual(stack, "docs/tracing.md").run(
            "Switch them on", 0, {"@candidate.json": f"@{tmp_path / 'candidate.json'}"}
        ),
    )

    assert '"temporal"' in ready
    assert sidecar
    assert "brandpilot-approval-gateway" in name
    assert "the signature is missing or wrong" in forged
    assert candidate["id"] in accepted
    await stack.core.until_state(candidate["id"], "prompted")


@pytest.mark.parametrize(("brands", "code"), [("brands.example.toml", 0), ("env.example", 2)])
async def test_brands_file_can_be_checked_before_it_is_deployed(brands: str, code: int) -> None:
    tried = Manual("docs/brands.md", environment())

    assert (await tried.attempt("Changing it", 0, {"new.toml": brands}))[0] == code
