"""Runs every query of the alerts and the dashboard on a Prometheus that scrapes a real gateway.

Each faulty state is reached for real, one after the other. The queries of its alerts have a result
then, and not before. How long an alert waits is tested with promtool in
tests/faults/test_alert_rules.py.
"""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import pytest

from tests.faults import troubles
from tests.faults.troubles import Scene, State
from tests.harness.brands import END
from tests.harness.processes import free_port, until
from tests.harness.prometheus import PROGRAM, Prometheus, alert_queries, dashboard_queries, scraping
from tests.harness.promql import selected
from tests.harness.stack import running_stack

pytestmark = [
    pytest.mark.timeout(1200),
    pytest.mark.skipif(PROGRAM is None, reason="prometheus is missing; make prometheus fetches it with apt"),
]

ALERTS_OF: dict[State, list[str]] = {
    troubles.sidecar_has_another_secret: ["GatewayIMessageRefused", "GatewayWebhooksRejected"],
    troubles.forms_are_cut_anew: ["GatewayWebhookSpliced"],
    troubles.core_posts_nonsense: ["GatewayCandidatesRefused"],
    troubles.candidates_are_decided: [],
    troubles.owner_speaks_in_riddles: ["GatewayRepliesNotUnderstood"],
    troubles.robot_answers: ["GatewayMessagesUnanswered"],
    troubles.owner_opts_out: ["GatewayOwnerOptedOut"],
    troubles.core_refuses_decisions: ["GatewayCallbackFailing", "GatewayDecisionsParked"],
    troubles.nobody_can_be_reached: [
        "GatewayCandidatesUndeliverable",
        "GatewayWhatsAppUndelivered",
        "GatewaySidecarFailing",
    ],
    troubles.twilio_fails: ["GatewayTwilioFailing", "GatewayArrivalsUnknown"],
    troubles.brand_gets_too_many: ["GatewayPromptsTooLate", "GatewayTimeoutSpike"],
    troubles.brand_vanishes: ["GatewayBrandsVanished"],
    troubles.redis_is_nearly_full: ["GatewayRedisMemoryNearMaximum"],
    troubles.redis_hangs: ["GatewayRedisFailing"],
    troubles.code_cannot_go_on: ["GatewayWorkflowTasksFailing"],
    troubles.key_is_lost: ["GatewayPayloadsUnreadable"],
    troubles.run_is_ended: ["GatewayCandidatesEnded"],
    troubles.somebody_polls: ["GatewayHighErrorRate", "GatewayHighLatency", "GatewayTemporalThrottled"],
    troubles.second_api_is_full_and_its_clock_is_wrong: ["GatewayClockSkewed", "GatewayWaitsNearMaximum"],
    troubles.candidate_is_larger_than_temporal_allows: ["GatewayTextTooLarge"],
    troubles.second_api_and_worker_are_refused: ["GatewayTemporalRefuses"],
    troubles.second_api_asks_for_a_namespace_without_an_attribute: ["GatewayNamespaceUnprepared"],
    troubles.second_api_gets_no_answer_in_time: ["GatewayTemporalSlow"],
    troubles.second_api_has_a_certificate_that_ends_soon: ["GatewayClientCertificateEnds"],
    troubles.subscription_is_not_renewed: ["GatewaySubscriptionLost"],
    troubles.no_worker_runs: ["GatewayWorkerDown", "GatewayNoWorkerPolling", "GatewayBacklog"],
    troubles.worker_comes_back: ["GatewayScheduleToStartSlow", "GatewayScheduleToStartSlow 2"],
    troubles.temporal_is_gone: ["GatewayTemporalUnreachable", "GatewayTemporalUnreachable 2"],
    troubles.no_api_runs: ["GatewayApiDown"],
}
FROM_THE_START = ["GatewayReplicaDown", "GatewaySubscriptionLost 2"]
"""The alerts of the initial state: no second api runs, and no renewal has succeeded."""

JOBS = {"gateway-api", "gateway-worker"}
"""What GatewayTemporalRefuses names: the second api and the second worker are refused at once."""


def all_queries() -> dict[str, str]:
    return alert_queries() | dashboard_queries()


@dataclass
class Watch:
    """Watches the queries; `blank` are those of the dashboard that have had no result yet."""

    prometheus: Prometheus
    blank: dict[str, str] = field(default_factory=dashboard_queries)

    async def until_quiet(self, alerts: Collection[str]) -> None:
        """Waits until none of them has a result; a busy machine can cause one for a moment."""
        await until(lambda: self._of(alerts), lambda found: not found)

    async def until_found(self, alerts: Collection[str]) -> None:
        """Waits until each has a result.

        Temporal counts a worker as polling for 75 s after its last poll, and a subscription counts
        as lost after three minutes.
        """
        await until(lambda: self._of(alerts), lambda found: found == {*alerts}, within=300, every=0.5)
        if "GatewayTemporalRefuses" in alerts:
            query = alert_queries()["GatewayTemporalRefuses"]
            await until(lambda: self.prometheus.jobs(query), lambda jobs: jobs == JOBS, within=60)

    async def until_shown(self) -> None:
        """Watches the panels until each has had a result."""
        await until(self._blank, lambda blank: not blank)

    async def _of(self, alerts: Collection[str]) -> set[str]:
        await self._blank()
        return {name for name in alerts if await self.prometheus.has_answer(alert_queries()[name])}

    async def _blank(self) -> set[str]:
        for name, expression in [*self.blank.items()]:
            if await self.prometheus.has_answer(expression):
                del self.blank[name]
        return {*self.blank}


async def test_each_query_of_an_alert_and_of_a_panel_has_a_result_in_its_state(tmp_path: Path) -> None:
    async with scene(tmp_path) as (there, watch):
        await watch.until_found(FROM_THE_START)
        await there.stack.phone.heal()
        for state, alerts in ALERTS_OF.items():
            await watch.until_quiet(alerts)
            async with state(there):
                await watch.until_found(alerts)
        await watch.until_shown()
        refused = [rule["name"] for rule in await watch.prometheus.rules() if rule.get("lastError")]
        served = {name: await watch.prometheus.labels(name) for name in await watch.prometheus.names()}

    assert refused == []
    used = [series for query in all_queries().values() for series in selected(query)]
    assert [(name, labels) for name, labels in used if name not in served or not labels <= served[name]] == []


def test_each_alert_has_its_state() -> None:
    assert {*FROM_THE_START, *chain.from_iterable(ALERTS_OF.values())} == alert_queries().keys()


@asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[tuple[Scene, Watch]]:
    """Runs a gateway and Prometheus.

    Renewals of the subscription fail from the start, so Prometheus has no earlier value.
    """
    brands, second = folder / "brands.toml", [str(free_port()), str(free_port())]
    brands.write_text(f"{troubles.SLOW_BRAND}{END}", encoding="utf-8")
    limits = {"SEARCHES_PER_SEC": "5", "MOST_BYTES": str(troubles.MOST_BYTES)}
    async with running_stack(folder, BRANDS_FILE=str(brands), **limits) as stack:
        await stack.phone.fault("photon.watch", status=500)
        first = [stack.gateway_url, stack.worker_metrics_url.removesuffix("/metrics")]
        apis, workers = [
            [url.removeprefix("http://"), f"127.0.0.1:{port}"] for url, port in zip(first, second, strict=True)
        ]
        async with scraping(folder, {"gateway-api": apis, "gateway-worker": workers}) as prometheus:
            yield Scene(stack, *second), Watch(prometheus)
