"""Metrics count events, with the names in docs/metrics.md and labels that nobody can add to."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import httpx
import pytest

from domain.decision import Decision
from domain.identifiers import TASK_QUEUE
from domain.worker_metrics import CERTIFICATE_BEGINS_AT, CERTIFICATE_ENDS_AT
from tests.harness.core import Changes, draft
from tests.harness.edges import another_edge, twilio_posts
from tests.harness.operator import until_found
from tests.harness.phone import Owner
from tests.harness.processes import REPOSITORY, until
from tests.harness.promql import OTHERS, unknown
from tests.harness.scrape import Scrape, complete_scrape, scrape
from tests.harness.skipping import SkippingGateway
from tests.harness.stack import CORE_SECRET, PHOTON_SECRET, Stack
from workflows.approval import ApprovalWorkflow
from workflows.photon_subscription import PhotonSubscriptionWorkflow
from workflows.search_attributes import IS_UNDECIDED
from workflows.signals import AttemptStatus, OperatorDecision, Reply, Withdrawal

pytestmark = pytest.mark.faults

ROW = re.compile(
    r"^\| `(?P<name>gateway_\w+)` \| (?P<kind>\w+) \|(?P<labels>[^|]*)\|(?P<process>[^|]+)\|[^|]+\|$", re.MULTILINE
)
DOCUMENT = (REPOSITORY / "docs/metrics.md").read_text(encoding="utf-8")
ROWS = list(ROW.finditer(DOCUMENT))
NOT_OURS = {"namespace", "task_queue", "workflow_type", "le"}
"""Labels that the SDK adds, and the label of every histogram."""

PROMETHEUS_OWN = {"ALERTS", "up"}
SHOWN_BY_TROUBLE = {"temporal_long_request_failure_total", "temporal_workflow_task_execution_failed_total"}
"""Served from the first failure on: tests/faults/test_prometheus.py has both."""
WITH_CERTIFICATE = {CERTIFICATE_BEGINS_AT, CERTIFICATE_ENDS_AT}
"""Served if Temporal requires a certificate; tests/faults/test_refused_certificates.py has them."""

_NUMBERS = count(1)
Labels = dict[str, str]


def documented(process: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Returns the type and the labels of each metric of a process."""
    return {
        row["name"]: (row["kind"], frozenset(re.findall(r"`(\w+)`", row["labels"])))
        for row in ROWS
        if process in row["process"] and row["name"] not in WITH_CERTIFICATE
    }


def served(scraped: Scrape) -> dict[str, tuple[str, frozenset[str]]]:
    found = {}
    for family in scraped.families:
        if family.name.startswith("gateway_"):
            name = family.name + ("_total" if family.type == "counter" else "")
            labels = {label for sample in family.samples for label in sample.labels} - NOT_OURS
            found[name] = (family.type, frozenset(labels))
    return found


def moves(name: str, by: float = 1, **labels: str) -> tuple[str, float, Labels]:
    return name, by, labels


async def until_moved(url: str, before: Scrape, *expected: tuple[str, float, Labels]) -> Scrape:
    """Waits until all have grown by at least this much; other candidates might count, too."""
    latest = before

    async def moved() -> bool:
        nonlocal latest
        latest = await scrape(url)
        return not missing()

    def missing() -> list[tuple[str, float, Labels]]:
        return [
            (name, by, labels)
            for name, by, labels in expected
            if latest.value(name, **labels) < before.value(name, **labels) + by
        ]

    try:
        await until(moved)
    except AssertionError:
        raise AssertionError(f"did not move: {missing()}") from None
    return latest


async def decided(run: Any) -> Decision:
    decision: Decision = await asyncio.wait_for(run.result(), timeout=30)
    return decision


async def approved_on_whatsapp(skipping: SkippingGateway) -> None:
    owner = Owner()
    await skipping.phone.fault("core.decisions", status=503, times=1, match=owner.whatsapp)
    candidate, run = await skipping.accepted(owner)
    await skipping.phone.until_prompted("whatsapp", candidate["id"])
    await run.signal(ApprovalWorkflow.reply, Reply("m1", owner.whatsapp, "approved"))
    await decided(run)


async def edited_on_imessage(skipping: SkippingGateway) -> None:
    owner = Owner()
    candidate, run = await skipping.accepted(owner)
    await skipping.phone.until_prompted("imessage", candidate["id"])
    await run.signal(ApprovalWorkflow.reply, Reply("m1", f"imessage:{owner.imessage}", "edited", "Mine"))
    await decided(run)


async def unanswered(skipping: SkippingGateway) -> None:
    candidate, run = await skipping.accepted(Owner(), deadline_sec=3600)
    await skipping.phone.until_prompted("imessage", candidate["id"])
    sid = (await skipping.phone.until_prompted("whatsapp", candidate["id"]))["id"]
    await run.signal(ApprovalWorkflow.status_report, AttemptStatus("1-1", sid, "undelivered", "63003"))
    await skipping.env.fast_forward(run, timedelta(seconds=3601))
    await decided(run)


async def undeliverable(skipping: SkippingGateway) -> None:
    owner = Owner()
    await skipping.phone.fault("twilio.messages", status=400, code=21211, match=owner.whatsapp)
    await skipping.phone.fault("photon.send", status=400, match=owner.imessage)
    await decided((await skipping.accepted(owner))[1])


async def withdrawn_while_the_sidecar_has_no_permission(skipping: SkippingGateway) -> None:
    owner = Owner()
    body = '{"error": "SDK initialization failed: no permission"}'
    await skipping.phone.fault("photon.send", status=503, body=body, match=owner.imessage)
    _, run = await skipping.accepted(owner)
    await until(lambda: skipping.phone.attempts("photon.send", contains=owner.imessage))
    await run.signal(ApprovalWorkflow.withdraw, Withdrawal("ann"))
    await decided(run)


async def queued(skipping: SkippingGateway) -> None:
    brand_id = f"b_{uuid4().hex}"
    # Enough for some to wait, even if this machine is slow to start them.
    accepted = await asyncio.gather(*(skipping.accepted(Owner(), brand_id=brand_id) for _ in range(12)))
    await asyncio.gather(*(skipping.phone.until_prompted("imessage", candidate["id"]) for candidate, _ in accepted))
    for _, run in accepted:
        await run.signal(ApprovalWorkflow.decide, OperatorDecision("ann", "approved"))
        await decided(run)


async def of_unknown_arrival(skipping: SkippingGateway) -> None:
    owner = Owner()
    await skipping.phone.fault("twilio.messages", status=500, times=1, match=owner.whatsapp)
    candidate, run = await skipping.accepted(owner)
    await until(lambda: skipping.phone.prompt_attempts("whatsapp", candidate["id"]))
    await run.signal(ApprovalWorkflow.decide, OperatorDecision("ann", "approved"))
    await decided(run)


async def parked(skipping: SkippingGateway) -> None:
    candidate, run = await skipping.accepted(Owner())
    await skipping.phone.fault("core.decisions", status=410, times=1, match=candidate["id"])
    await run.signal(ApprovalWorkflow.decide, OperatorDecision("ann", "rejected"))
    await until(lambda: skipping.candidates.read(candidate["id"]), lambda record: record.callback == "parked")
    await run.signal(ApprovalWorkflow.retry_callback)
    await decided(run)


async def each_outcome(skipping: SkippingGateway) -> None:
    lives = (
        approved_on_whatsapp,
        edited_on_imessage,
        unanswered,
        undeliverable,
        withdrawn_while_the_sidecar_has_no_permission,
        queued,
        of_unknown_arrival,
        parked,
    )
    await asyncio.gather(*(life(skipping) for life in lives))


async def subscription_renewed_at_the_second_attempt(skipping: SkippingGateway) -> None:
    await skipping.phone.fault("photon.watch", status=500, times=1)
    with skipping.env.with_time_skipping_disabled():
        run = await skipping.env.client.start_workflow(
            PhotonSubscriptionWorkflow.run, id=f"photon-subscription-{uuid4().hex}", task_queue=TASK_QUEUE
        )
    await skipping.env.fast_forward(run, timedelta(seconds=31))
    await run.terminate()


async def test_worker_serves_exactly_the_documented_metrics_and_each_moves(skipping: SkippingGateway) -> None:
    before = await scrape(skipping.worker_metrics_url)

    await each_outcome(skipping)
    await subscription_renewed_at_the_second_attempt(skipping)

    after = await until_moved(
        skipping.worker_metrics_url,
        before,
        moves("gateway_decisions_total", outcome="approved", decided_by="whatsapp", via="whatsapp"),
        moves("gateway_decisions_total", outcome="edited", decided_by="imessage"),
        moves("gateway_decisions_total", outcome="rejected", decided_by="operator"),
        moves("gateway_decisions_total", outcome="expired", decided_by="timeout", via="system"),
        moves("gateway_decisions_total", outcome="expired", decided_by="undeliverable", via="system"),
        moves("gateway_decisions_total", outcome="expired", decided_by="operator"),
        moves("gateway_decisions_total", 4, outcome="approved", decided_by="operator"),
        moves("gateway_decision_latency_seconds_sum", 3600, outcome="expired"),
        moves("gateway_decision_latency_seconds_count", outcome="approved"),
        moves("gateway_expiry_lag_seconds_count"),
        moves("gateway_prompts_total", 2, channel="whatsapp", result="sent"),
        moves("gateway_prompts_total", 2, channel="imessage", result="sent"),
        moves("gateway_prompts_total", channel="whatsapp", result="refused"),
        moves("gateway_prompts_total", channel="imessage", result="refused"),
        moves("gateway_prompts_total", channel="imessage", result="withheld"),
        moves("gateway_prompts_total", channel="whatsapp", result="unknown"),
        moves("gateway_unknown_arrivals_total", channel="whatsapp"),
        moves("gateway_slot_wait_seconds_count", 2, channel="whatsapp"),
        moves("gateway_rate_limit_hits_total", channel="imessage"),
        moves("gateway_callback_attempts_total", 10, result="delivered"),
        moves("gateway_callback_attempts_total", result="postponed"),
        moves("gateway_callback_attempts_total", result="refused"),
        moves("gateway_callback_duration_seconds_count", 12),
        moves("gateway_callbacks_parked_total"),
        moves("gateway_provider_errors_total", provider="twilio", code_class="21xxx"),
        moves("gateway_provider_errors_total", provider="twilio", code_class="63xxx"),
        moves("gateway_provider_errors_total", provider="photon", code_class="4xx"),
        moves("gateway_provider_errors_total", provider="photon", code_class="5xx"),
        moves("gateway_photon_subscription_renewals_total", result="failed"),
        moves("gateway_photon_subscription_renewals_total", result="renewed"),
    )
    assert served(after) == documented("worker")
    assert after.value("gateway_photon_subscription_renewed_timestamp_seconds") > 0
    assert {labels for name, labels in after.series if name.endswith("_total")} >= {
        labels for name, labels in before.series if name.endswith("_total")
    }, "a counter is there from the start"


@pytest.fixture(scope="module")
async def edge(shared_stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """An edge that only these tests use, so that it counts nothing else."""
    async with another_edge(shared_stack, PUBLIC_BASE_URL="", CODEC_SECRETS="") as http:
        yield http


async def test_edge_serves_exactly_the_documented_metrics_and_each_moves(stack: Stack, edge: httpx.AsyncClient) -> None:
    headers = {"Authorization": f"Bearer {CORE_SECRET}"}
    candidate = draft(Owner())

    changes: list[Changes] = [{}, {}, {"proposed_text": "Another"}, {"platform": "nowhere"}]
    for change in changes:
        await edge.post("/candidate", json={**candidate, **change}, headers=headers)
    await twilio_posts(edge, [("Body", "approve cr_1")], signature="forged")
    await twilio_posts(edge, [("MessageSid", "SM1")])
    for body, secret in (({}, "wrong"), ({"event": 1}, PHOTON_SECRET)):
        await edge.post("/webhooks/imessage", json=body, headers={"Authorization": f"Bearer {secret}"})
    await edge.get(f"/candidate/{candidate['id']}?wait=1", headers=headers)
    await until_found(stack.client, f"BrandId = '{candidate['brand_id']}' AND {IS_UNDECIDED}")

    after = await complete_scrape(str(edge.base_url))
    assert [after.value("gateway_candidates_total", result=r) for r in ("accepted", "known", "refused")] == [1, 1, 2]
    rejected = {
        (sample.labels["webhook"], sample.labels["reason"])
        for family in after.families
        for sample in family.samples
        if sample.name == "gateway_webhook_rejects_total" and sample.value
    }
    assert rejected == {
        ("whatsapp", "signature"),
        ("whatsapp", "spliced"),
        ("imessage", "secret"),
        ("imessage", "malformed"),
    }
    assert served(after) == documented("api")
    assert after.value("gateway_wait_seconds_count", end="time_over") == 1
    assert after.value("gateway_waiting_places") > after.value("gateway_waiting_requests")
    assert after.value("gateway_open_candidates") >= 1
    assert after.value("gateway_task_queue_pollers", kind="workflow") >= 1
    assert after.value("gateway_redis_memory_bytes") > 0
    assert after.value("temporal_request_total", operation="StartWorkflowExecution") >= 1
    assert after.value("http_requests_total", handler="/candidate", status="4xx") == 2


async def test_other_metrics_in_alerts_and_panels_are_served(stack: Stack) -> None:
    """These are the instrumentator's and the SDK's; the page lists all of the gateway's own."""
    candidate = await stack.core.accepted(Owner())
    await stack.phone.until_prompted("whatsapp", candidate["id"])
    await stack.core.http.get("/candidate/cr_unknown")

    async def missing() -> set[str]:
        scrapes = [await scrape(url) for url in (f"{stack.gateway_url}/metrics", stack.worker_metrics_url)]
        served = [(name, {label for label, _ in labels}) for scraped in scrapes for name, labels in scraped.series]
        return {
            name
            for name, labels in OTHERS.items()
            if not any(name == other and labels <= found for other, found in served)
        }

    await until(missing, lambda names: PROMETHEUS_OWN <= names <= PROMETHEUS_OWN | SHOWN_BY_TROUBLE)


async def test_documented_processes_count_each_redis_failure_from_the_start(
    skipping: SkippingGateway, edge: httpx.AsyncClient
) -> None:
    (row,) = (row[0] for row in ROWS if row["name"] == "gateway_redis_errors_total")
    of_each = {
        process: set(re.findall(r"`(\w+)`", names)) for names, process in re.findall(r"((?:`\w+`,? )+)\((\w+)\)", row)
    }

    for process, url in (("worker", skipping.worker_metrics_url), ("api", f"{edge.base_url}/metrics")):
        series = (await scrape(url)).series
        counted = {dict(labels)["operation"] for name, labels in series if name == "gateway_redis_errors_total"}
        assert counted == of_each[process] | of_each["both"]


def test_each_sample_query_selects_documented_metrics() -> None:
    (sample,) = re.findall(r"```promql\n(.*?)```", DOCUMENT, re.DOTALL)
    queries = sample.splitlines()

    assert {query: unknown(query) for query in queries} == {query: [] for query in queries}


async def test_no_request_adds_a_series(edge: httpx.AsyncClient) -> None:
    """Paths, methods, ids, queries, hosts, headers and bodies add none."""
    headers = {"Authorization": f"Bearer {CORE_SECRET}"}

    async def hostile() -> int:
        for _ in range(3):
            odd = f"{next(_NUMBERS)}-{uuid4().hex}"
            for path in (
                f"/{odd}",
                f"/candidate/{odd}",
                f"/activity?brand_id={odd}",
                f"/docs/{odd}",
                f"/metrics/{odd}",
            ):
                for method in ("GET", "POST", "DELETE", odd.upper()):
                    await edge.request(method, path, headers=headers | {"X-Odd": odd, "Host": f"{odd}.example"})
            await edge.post("/candidate", json={"id": odd, "platform": odd}, headers=headers)
            await edge.post("/webhooks/imessage", json={"event": odd}, headers={"Authorization": odd})
            form = [("MessageSid", odd), ("MessageStatus", odd), ("ErrorCode", odd)]
            await twilio_posts(edge, form, path=f"/webhooks/whatsapp/status/{odd}/{odd}", signature=odd)
            await twilio_posts(edge, form, path=f"/webhooks/whatsapp/status/{odd}/{odd}")
        await complete_scrape(str(edge.base_url))  # the next scrape counts the calls to Temporal that this one makes
        return len((await complete_scrape(str(edge.base_url))).series)

    assert await hostile() == await hostile()
