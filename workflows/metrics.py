"""The metrics of a candidate's run, recorded by the SDK's meter.

The meter is silent during replay and eviction, and adds no command to the history. A workflow task
counts again if its worker was lost during it and it is repeated.
"""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import MetricCounter, MetricHistogramTimedelta

with workflow.unsafe.imports_passed_through():
    from domain import worker_metrics
    from domain.candidate import Candidate
    from domain.channels import Channel
    from domain.decision import SYSTEM_TIMEOUT, Decision
    from domain.sending.provider_codes import code_class
    from domain.sending.sends import PromptResult
    from domain.sending.slots import Lane, SlotQuestion
    from domain.sending.status_reports import StatusReport
    from domain.worker_metrics import Count, Duration


def decided(candidate: Candidate, decision: Decision) -> None:
    outcome = decision.outcome.value
    labels = {"outcome": outcome, "decided_by": decision.decided_by, "via": decision.via}
    _counter(worker_metrics.DECISIONS).add(1, labels)
    latency = max(decision.decided_at - candidate.accepted_at, timedelta(0))
    _durations(worker_metrics.DECISION_LATENCY).record(latency, {"outcome": outcome})
    if decision.decider == SYSTEM_TIMEOUT:
        lag = max(decision.decided_at - candidate.deadline, timedelta(0))
        _durations(worker_metrics.EXPIRY_LAG).record(lag)


def prompt_ended(channel: Channel, result: PromptResult) -> None:
    _counter(worker_metrics.PROMPTS).add(1, {"channel": channel.value, "result": result.value})


def arrival_unknown(channel: Channel) -> None:
    _counter(worker_metrics.UNKNOWN_ARRIVALS).add(1, {"channel": channel.value})


def slot_granted(question: SlotQuestion, waited: timedelta) -> None:
    if question.lane is Lane.BRAND:
        _durations(worker_metrics.SLOT_WAIT).record(waited, {"channel": question.approver.channel.value})


def slot_waited_for(question: SlotQuestion) -> None:
    if question.lane is Lane.BRAND:
        _counter(worker_metrics.RATE_LIMIT_HITS).add(1, {"channel": question.approver.channel.value})


def callback_parked() -> None:
    _counter(worker_metrics.CALLBACKS_PARKED).add(1)


def part_reported(report: StatusReport) -> None:
    if report.is_failure:
        labels = {"provider": "twilio", "code_class": code_class(report.error_code or "")}
        _counter(worker_metrics.PROVIDER_ERRORS).add(1, labels)


def _counter(count: Count) -> MetricCounter:
    return workflow.metric_meter().create_counter(count.name, count.help)


def _durations(duration: Duration) -> MetricHistogramTimedelta:
    return workflow.metric_meter().create_histogram_timedelta(duration.name, duration.help)
