"""The worker's metrics: names without the suffix that their kind adds, and every series.

A counter exports all its series from the start, because Prometheus sees no increase in the first
value of a new series.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product

from domain.channels import Channel
from domain.decision import (
    CORE_WITHDRAWN,
    SYSTEM_OVERTAKEN,
    SYSTEM_TIMEOUT,
    SYSTEM_UNDELIVERABLE,
    Outcome,
    kind_of,
    source_of,
)
from domain.engine_states import EngineState
from domain.sending.provider_codes import CLASSES, REPORTED_CLASSES
from domain.sending.sends import PromptResult

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0


@dataclass(frozen=True)
class Count:
    name: str
    help: str
    series: tuple[Mapping[str, str], ...] = ({},)


@dataclass(frozen=True)
class Duration:
    """A histogram of durations; `buckets` are upper bounds in seconds."""

    name: str
    help: str
    buckets: tuple[float, ...]


def _each(**labels: tuple[str, ...]) -> tuple[Mapping[str, str], ...]:
    return tuple(dict(zip(labels, values, strict=True)) for values in product(*labels.values()))


_CHANNELS = tuple(channel.value for channel in Channel)
_VERDICTS = (Outcome.APPROVED.value, Outcome.EDITED.value, Outcome.REJECTED.value)
_OPERATOR = "operator"
_EXPIRING = (SYSTEM_TIMEOUT, SYSTEM_UNDELIVERABLE, SYSTEM_OVERTAKEN, CORE_WITHDRAWN, _OPERATOR)


def _decided(outcomes: tuple[str, ...], deciders: tuple[str, ...]) -> tuple[Mapping[str, str], ...]:
    return tuple(
        {"outcome": outcome, "decided_by": kind_of(decider), "via": source_of(decider)}
        for outcome, decider in product(outcomes, deciders)
    )


DECISIONS = Count(
    "gateway_decisions",
    "Decisions made",
    _decided(_VERDICTS, (*_CHANNELS, _OPERATOR)) + _decided((Outcome.EXPIRED.value,), _EXPIRING),
)
DECISION_LATENCY = Duration(
    "gateway_decision_latency",
    "Time from acceptance to the decision",
    (
        *(5, 15, 30, _MINUTE, 2 * _MINUTE, 5 * _MINUTE, 10 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE),
        *(_HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR, _DAY, 3 * _DAY, 7 * _DAY),
    ),
)
EXPIRY_LAG = Duration(
    "gateway_expiry_lag",
    "Time from the deadline to the decision that the candidate expired",
    (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, _MINUTE, 5 * _MINUTE, 15 * _MINUTE, _HOUR, 6 * _HOUR, _DAY),
)
PROMPTS = Count(
    "gateway_prompts",
    "Prompts by the result of the last attempt to send a part, each counted once per approver",
    _each(channel=_CHANNELS, result=tuple(result.value for result in PromptResult)),
)
UNKNOWN_ARRIVALS = Count(
    "gateway_unknown_arrivals",
    "Sends of a prompt's part with no proof of whether it arrived",
    _each(channel=_CHANNELS),
)
SLOT_WAIT = Duration(
    "gateway_slot_wait",
    "Time from a prompt's first request for its slot to the slot",
    (
        *(0.1, 1, 5, 10, 20, 40, _MINUTE, 2 * _MINUTE, 5 * _MINUTE, 10 * _MINUTE, 30 * _MINUTE),
        *(_HOUR, 2 * _HOUR, 6 * _HOUR, 12 * _HOUR, _DAY),
    ),
)
RATE_LIMIT_HITS = Count(
    "gateway_rate_limit_hits", "Requests of prompts for a slot that had to wait", _each(channel=_CHANNELS)
)
CALLBACKS_PARKED = Count("gateway_callbacks_parked", "Decisions that core did not accept and that wait for an operator")

CALLBACK_ATTEMPTS = Count(
    "gateway_callback_attempts",
    "Attempts to deliver a decision to core",
    _each(result=("delivered", "postponed", "refused")),
)
CALLBACK_DURATION = Duration(
    "gateway_callback_duration",
    "Duration of an attempt to deliver a decision to core",
    (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30),
)
PROVIDER_ERRORS = Count(
    "gateway_provider_errors",
    "Failed requests to a provider, and failures that it reported later",
    _each(provider=("twilio", "photon"), code_class=CLASSES),
)
REDIS_ERRORS = Count(
    "gateway_redis_errors",
    "Redis operations that failed",
    _each(operation=("ask_slot", "leave_queue", "read_chat", "note_chat", "publish_hint")),
)
RENEWALS = Count(
    "gateway_photon_subscription_renewals",
    "Attempts to renew the subscription to the sidecar's incoming messages",
    _each(result=("renewed", "failed")),
)
RENEWED_AT = "gateway_photon_subscription_renewed_timestamp_seconds"

_REPORTED_ERRORS = replace(PROVIDER_ERRORS, series=_each(provider=("twilio",), code_class=REPORTED_CLASSES))

COUNTED_IN_RUNS = (DECISIONS, PROMPTS, UNKNOWN_ARRIVALS, RATE_LIMIT_HITS, CALLBACKS_PARKED, _REPORTED_ERRORS)
"""Counted by the workflow's meter, whose labels they carry."""

ENGINE_UNAVAILABLE = Count(
    "gateway_engine_unavailable", "Calls that Temporal did not serve", _each(state=tuple(EngineState))
)
UNREADABLE_PAYLOADS = Count("gateway_unreadable_payloads", "Payloads that no key of this process decrypts")
COUNTED_IN_ACTIVITIES = (
    *(CALLBACK_ATTEMPTS, PROVIDER_ERRORS, REDIS_ERRORS, RENEWALS),
    *(ENGINE_UNAVAILABLE, UNREADABLE_PAYLOADS),
)

CERTIFICATE_BEGINS_AT = "gateway_client_certificate_begins_timestamp_seconds"
CERTIFICATE_ENDS_AT = "gateway_client_certificate_ends_timestamp_seconds"

DURATIONS = (DECISION_LATENCY, EXPIRY_LAG, SLOT_WAIT, CALLBACK_DURATION)
