"""`python -m tools.doctor` names each fault with its fix, and one fault hides no other."""

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import httpx
import pytest
from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest, UpdateNamespaceRequest

from adapters.redis.connection import connect
from adapters.twilio.rest import product_url
from tests.harness.brands import StackBrands
from tests.harness.collector import collecting
from tests.harness.edges import another_edge
from tests.harness.phone import Owner
from tests.harness.processes import REPOSITORY, free_port, run_python, until
from tests.harness.stack import OWNER_WHATSAPP, TWILIO_TOKEN, Stack, environment, load
from tools.dev import CONTENT_SIDS
from tools.doctor import core_checks, edge_checks, photon_checks, redis_checks
from tools.doctor.__main__ import main
from tools.doctor.findings import Finding

Examined = tuple[int, dict[str, dict[str, str]]]
Doctor = Callable[..., Awaitable[Examined]]

NOWHERE = f"127.0.0.1:{free_port()}"
ANOTHER, YET_ANOTHER, THIRD = (hashlib.sha256(name.encode()).hexdigest() for name in ("one", "two", "three"))
SUBJECTS = {"settings", "temporal", "redis", "twilio", "imessage", "core", "public_url", "traces"}
LASTS_ALL_MONTH = timedelta(days=30)
NAMED_IF_ILL = {"settings.listening", "settings.proxy", "core.signature", "core.tls", "imessage.tls", "twilio.token"}
"""Checks without a finding on a healthy gateway."""
WITH_CERTIFICATES = {"temporal.certificate"}
"""Checks that tests/faults/test_refused_certificates.py covers."""
OTHERS_MAY_CAUSE = {"temporal.parked", "temporal.namespace"}
"""Findings that other tests of the same gateway cause, and the retention of its namespace."""


@pytest.fixture
def doctor(stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Doctor:
    """Returns a function that runs the doctor with changed settings.

    It returns the exit code, and the findings by their checks.
    """

    async def run(*arguments: str, **changes: str) -> Examined:
        for name, value in {**stack.environment, **CONTENT_SIDS, **changes}.items():
            monkeypatch.setenv(name, value)
        for _ in range(3):
            code = await main(["--json", *arguments])
            output = capsys.readouterr().out
            # Nothing hangs here: a timeout of the doctor means that the machine is busy.
            if "--send-test" in arguments or not re.search(r"Timeout|no answer within", output):
                break
        secrets = ("SECRET", "TOKEN", "KEY")
        hidden = [v for k, v in {**stack.environment, **changes}.items() if k.endswith(secrets) and v]
        assert not [secret for secret in hidden if secret in output]
        return code, {finding["check"]: finding for finding in json.loads(output)["findings"]}

    return run


async def keep_for(stack: Stack, retention: timedelta) -> None:
    config = NamespaceConfig(workflow_execution_retention_ttl=Duration(seconds=int(retention.total_seconds())))
    request = UpdateNamespaceRequest(namespace=stack.client.namespace, config=config)
    await stack.client.workflow_service.update_namespace(request)


async def test_healthy_gateway_has_no_findings_to_fix(stack: Stack, doctor: Doctor) -> None:
    await keep_for(stack, LASTS_ALL_MONTH)

    with collecting() as collector:
        code, findings = await doctor("--post-to-core", OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)

    ill = [finding for check, finding in findings.items() if finding["health"] != "ok" and check != "temporal.parked"]
    assert (code, ill, collector.requests) == (0, [], 1)
    assert {check.partition(".")[0] for check in findings} == SUBJECTS
    rows = re.findall(r"^\| (`.+?`) \|", (REPOSITORY / "docs" / "doctor.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert findings.keys() | NAMED_IF_ILL | WITH_CERTIFICATES == {
        check for row in rows for check in re.findall("`([a-z_.]+)`", row)
    }
    made_up = re.findall("doctor_[0-9a-f]{32}", findings["core.accepts"]["says"])
    [posted] = await stack.phone.decisions(made_up[0])
    assert (posted["decision"], posted["final_text"]) == ("expired", None)


@dataclass(frozen=True)
class Sick:
    """Several wrong settings, and for each of their findings a word of its fix."""

    changes: dict[str, str]
    problems: dict[str, str]


SICK = {
    "nothing answers": Sick(
        {
            "TEMPORAL_ADDRESS": NOWHERE,
            "CORE_DECISION_WEBHOOK": f"http://{NOWHERE}/",
            "PHOTON_BASE_URL": f"http://{NOWHERE}",
            "PUBLIC_BASE_URL": f"http://{NOWHERE}",
            "TWILIO_AUTH_TOKEN": ANOTHER,
        },
        {
            "temporal.connection": "TEMPORAL_ADDRESS",
            "core.reachable": "CORE_DECISION_WEBHOOK",
            "core.accepts": "core's log",
            "imessage.sidecar": "PHOTON_BASE_URL",
            "public_url.reachable": "python -m api",
            "twilio.token": "TWILIO_AUTH_TOKEN",
        },
    ),
    "core and sidecar have other secrets, and Redis is down": Sick(
        {
            "CORE_DECISION_WEBHOOK_SIGNING_SECRET": ANOTHER,
            "PHOTON_WEBHOOK_SECRET": YET_ANOTHER,
            "WEBHOOK_SIGNING_SECRET": THIRD,
            "WORKER_BUILD_ID": "9",
            "REDIS_URL": f"redis://{NOWHERE}/0",
        },
        {
            "core.accepts": "CORE_DECISION_WEBHOOK_SIGNING_SECRET",
            "public_url.imessage": "PHOTON_WEBHOOK_SECRET",
            "public_url.core_secret": "WEBHOOK_SIGNING_SECRET",
            "temporal.version": "set-current-version --deployment-name approval-gateway --build-id 9",
            "redis.connection": "REDIS_URL",
        },
    ),
    "sender, contents, namespace and edge are different ones": Sick(
        {
            "TWILIO_WA_NUMBER": "whatsapp:+447700900123",
            "TWILIO_CONTENT_SID": f"HX{'0' * 32}",
            "TWILIO_SESSION_CONTENT_SID": CONTENT_SIDS["TWILIO_CUT_CONTENT_SID"],
            "TWILIO_CUT_CONTENT_SID": CONTENT_SIDS["TWILIO_BUTTONS_CONTENT_SID"],
            "TEMPORAL_NAMESPACE": "nowhere",
            "PUBLIC_BASE_URL": "SIMULATOR_URL",
            "OTEL_EXPORTER_OTLP_ENDPOINT": "SIMULATOR_URL",
        },
        {
            "traces": "OTEL_EXPORTER_OTLP_ENDPOINT",
            "twilio.sender": "TWILIO_WA_NUMBER",
            "twilio.template": "TWILIO_CONTENT_SID",
            "twilio.session_content": "TWILIO_SESSION_CONTENT_SID",
            "twilio.cut_template": "TWILIO_CUT_CONTENT_SID",
            "temporal.namespace": "python -m tools.setup_temporal",
            "public_url.reachable": "PUBLIC_BASE_URL",
        },
    ),
    # Both names lead to the same edge, but Twilio would sign another URL for the second one.
    "the public URL is not the edge's own": Sick(
        {"PUBLIC_BASE_URL": "http://localhost:PORT"},
        {
            "public_url.signature": "FORWARDED_ALLOW_IPS",
            "public_url.reports": "/webhooks/whatsapp/status/",
            "twilio.webhook": "http://localhost:",
        },
    ),
}


@pytest.mark.parametrize("sick", SICK.values(), ids=SICK)
async def test_each_wrong_setting_is_a_problem_that_names_it_and_hides_no_other(
    stack: Stack, doctor: Doctor, sick: Sick
) -> None:
    own = {"SIMULATOR_URL": stack.environment["SIMULATOR_URL"], "PORT": stack.environment["PORT"]}
    changes = {name: re.sub("[A-Z_]+$", lambda word: own.get(word[0], word[0]), v) for name, v in sick.changes.items()}
    code, findings = await doctor("--post-to-core", **changes)

    assert (code, with_health("problem", findings)) == (1, set(sick.problems))
    for check, words in sick.problems.items():
        assert words in findings[check]["fix"]


def with_health(health: str, findings: Mapping[str, Mapping[str, str]]) -> set[str]:
    return {check for check, finding in findings.items() if finding["health"] == health}


@dataclass(frozen=True)
class Standing:
    """The state of account, sender and template at Twilio, and words of the findings about it."""

    told: dict[str, str]
    twilio: dict[str, Any]
    problems: dict[str, str]
    warnings: dict[str, str]


NUMBER = "whatsapp:+447700900123"
STANDINGS = {
    "everything is wrong": Standing(
        {"TWILIO_WA_NUMBER": NUMBER},
        {
            "account_status": "suspended",
            "sender": NUMBER,
            "sender_status": "OFFLINE",
            "webhook": "https://old.example/hook",
            "approval": "rejected",
            "rejection_reason": "INVALID_FORMAT",
        },
        {
            "twilio.account": "suspended",
            "twilio.sender": "OFFLINE",
            "twilio.webhook": "PUBLIC_BASE_URL",
            "twilio.template": "INVALID_FORMAT",
            "twilio.cut_template": "INVALID_FORMAT",
        },
        {},
    ),
    "a beginner's, with another template": Standing(
        {},
        {"account_type": "Trial", "sender_status": "OFFLINE", "webhook": "", "variables": {"1": "a", "2": "b"}},
        {"twilio.template": "63028", "twilio.cut_template": "63028", "twilio.session_content": "63028"},
        {"twilio.account": "trial", "twilio.sender": "sandbox"},
    ),
    "nothing that prevents a prompt": Standing(
        {"TWILIO_AUTH_TOKEN": f"{ANOTHER}, {TWILIO_TOKEN}"},
        {"webhook": "", "category": "MARKETING"},
        {"public_url.signature": "refuses", "public_url.reports": "403"},
        {
            "twilio.token": "token 1",
            "twilio.webhook": "Messaging Service",
            "twilio.template": "MARKETING",
            "twilio.cut_template": "MARKETING",
        },
    ),
}


@pytest.mark.parametrize("standing", STANDINGS.values(), ids=STANDINGS)
async def test_state_of_account_sender_and_template_at_twilio_is_reported(
    stack: Stack, doctor: Doctor, standing: Standing
) -> None:
    (await stack.phone.http.put("/control/twilio/account", json=standing.twilio)).raise_for_status()

    _, findings = await doctor(**standing.told)

    for health, expected in {"problem": standing.problems, "warning": standing.warnings}.items():
        assert with_health(health, findings) - {*OTHERS_MAY_CAUSE} == set(expected)
        for check, words in expected.items():
            assert words in findings[check]["says"]
            assert findings[check]["fix"]


async def test_namespace_without_workers_and_search_attributes_is_reported_with_the_commands(
    stack: Stack, doctor: Doctor
) -> None:
    name = f"bare-{uuid4().hex[:6]}"
    three_days = Duration(seconds=3 * 24 * 3600)
    request = RegisterNamespaceRequest(namespace=name, workflow_execution_retention_period=three_days)
    await stack.client.workflow_service.register_namespace(request)
    mistaken = {"BrandId": IndexedValueType.INDEXED_VALUE_TYPE_INT}

    async def registered() -> dict[str, dict[str, str]] | None:
        _, findings = await doctor(TEMPORAL_NAMESPACE=name)
        return findings if findings.get("temporal.workers.workflow") else None

    await until(registered)
    add = AddSearchAttributesRequest(namespace=name, search_attributes=mistaken)
    await stack.client.operator_service.add_search_attributes(add)
    code, findings = await doctor(TEMPORAL_NAMESPACE=name)

    told = {check: (findings[check]["health"], findings[check]["fix"]) for check in findings}
    assert code == 1
    assert told["temporal.namespace"][0] == "warning"
    assert "python -m tools.setup_temporal" in told["temporal.namespace"][1]
    for check, command in {
        "temporal.search_attributes": "tools.setup_temporal",
        "temporal.workers.workflow": "python -m worker",
        "temporal.workers.activity": "python -m worker",
        "imessage.subscription": "run a worker",
    }.items():
        assert told[check][0] == "problem", check
        assert command in told[check][1]


async def test_redis_that_evicts_is_a_warning(stack: Stack, doctor: Doctor) -> None:
    async with connect(stack.environment["REDIS_URL"]) as redis:
        try:
            await redis.config_set("maxmemory", "50mb")
            await redis.config_set("maxmemory-policy", "allkeys-lru")
            code, findings = await doctor()
        finally:
            await redis.config_set("maxmemory", 0)
            await redis.config_set("maxmemory-policy", "noeviction")

    assert (code, findings["redis.eviction"]["health"]) == (0, "warning")
    assert "noeviction" in findings["redis.eviction"]["fix"]


async def test_redis_user_that_cannot_run_the_script_is_a_problem(stack: Stack, doctor: Doctor) -> None:
    url = stack.environment["REDIS_URL"]
    async with connect(url) as redis:
        await redis.acl_setuser("limited", enabled=True, passwords=[f"+{ANOTHER}"], commands=["+ping"])
        try:
            code, findings = await doctor(REDIS_URL=url.replace("//", f"//limited:{ANOTHER}@"))
        finally:
            await redis.acl_deluser("limited")

    assert (code, with_health("problem", findings)) == (1, {"redis.script"})
    assert "EVALSHA" in findings["redis.script"]["fix"]
    assert {"redis.eviction", "redis.memory", "redis.clock"} <= with_health("not checked", findings)


@pytest.mark.parametrize("channels", [[], ["hints:decided"]], ids=["none", "that of hints"])
async def test_redis_user_that_cannot_pass_hints_is_a_warning(
    stack: Stack, doctor: Doctor, channels: list[str]
) -> None:
    url = stack.environment["REDIS_URL"]
    async with connect(url) as redis:
        await redis.acl_setuser(
            "limited",
            enabled=True,
            passwords=[f"+{ANOTHER}"],
            categories=["+@all"],
            keys=["slots:*", "chats:*"],
            channels=channels,
        )
        try:
            code, findings = await doctor(REDIS_URL=url.replace("//", f"//limited:{ANOTHER}@"))
        finally:
            await redis.acl_deluser("limited")

    assert (code, findings["redis.hints"]["health"]) == (0, "ok" if channels else "warning")
    assert channels or "hints:decided" in findings["redis.hints"]["fix"]


@pytest.mark.parametrize(("keys", "is_problem"), [(["slots:*"], True), (["slots:*", "chats:*"], False)])
async def test_redis_user_that_cannot_write_the_chats_memory_is_a_problem(
    stack: Stack, doctor: Doctor, keys: list[str], *, is_problem: bool
) -> None:
    url = stack.environment["REDIS_URL"]
    async with connect(url) as redis:
        await redis.acl_setuser("limited", enabled=True, passwords=[f"+{ANOTHER}"], categories=["+@all"], keys=keys)
        try:
            code, findings = await doctor(REDIS_URL=url.replace("//", f"//limited:{ANOTHER}@"))
        finally:
            await redis.acl_deluser("limited")

    assert (code, with_health("problem", findings)) == ((1, {"redis.script"}) if is_problem else (0, set()))
    assert not is_problem or "chats:*" in findings["redis.script"]["fix"]


ADDRESSES: dict[str, tuple[Callable[..., AsyncIterator[Finding]], dict[str, str], str, str]] = {
    "Twilio cannot call this machine": (
        edge_checks.check,
        {"PUBLIC_BASE_URL": "http://localhost:8080", "TWILIO_API_BASE_URL": "https://api.twilio.com"},
        "problem",
        "21609",
    ),
    "webhooks in clear": (edge_checks.check, {"PUBLIC_BASE_URL": "http://gateway.example.com"}, "warning", "http:"),
    "no public URL": (edge_checks.check, {"PUBLIC_BASE_URL": ""}, "warning", "empty"),
    "decisions in clear": (
        partial(core_checks.check, posting=False),
        {"CORE_DECISION_WEBHOOK": "http://core.example.com/"},
        "warning",
        "unencrypted",
    ),
    "drafts in clear": (photon_checks.check, {"PHOTON_BASE_URL": "http://mac.example.com"}, "warning", "unencrypted"),
    "Redis in clear": (redis_checks.check, {"REDIS_URL": "redis://:pw@r.example.com/0"}, "warning", "not encrypted"),
    "Redis by TLS": (redis_checks.check, {"REDIS_URL": "rediss://:pw@r.example.com/0"}, "ok", "encrypted"),
    "Redis of the composition": (redis_checks.check, {"REDIS_URL": "redis://:pw@redis:6379/0"}, "ok", "private"),
}


@pytest.mark.parametrize(("check", "changes", "health", "words"), ADDRESSES.values(), ids=ADDRESSES)
async def test_address_that_cannot_work_or_is_not_encrypted_is_a_finding_before_anything_is_sent(
    check: Callable[..., AsyncIterator[Finding]], changes: dict[str, str], health: str, words: str
) -> None:
    async with httpx.AsyncClient() as http:
        clients = [] if check is redis_checks.check else [http]
        finding = await anext(check(load(environment(**changes)), *clients))

    assert finding.health == health
    assert words in finding.says


async def test_test_candidate_reaches_the_owner_and_the_doctor_waits_for_its_decision(
    stack: Stack, doctor: Doctor
) -> None:
    async def answered() -> bool:
        shown = (await stack.phone.http.get("/control/messages", params={"address": OWNER_WHATSAPP})).json()
        ids = [word for m in shown for word in m["text"].split() if word.startswith("doctor_test_")]
        for candidate_id in ids[:1]:
            reply = {"channel": "whatsapp", "sender": OWNER_WHATSAPP, "text": f"approve {candidate_id}"}
            await stack.phone.http.post("/control/replies", json=reply)
        return bool(ids)

    (_, findings), _ = await asyncio.gather(doctor("--send-test", "--wait"), until(answered, within=60))

    assert findings["test.accepted"]["health"] == findings["test.decision"]["health"] == "ok"
    assert findings["test.decision"]["says"].endswith("is approved")


async def test_where_only_brands_have_owners_the_test_candidate_is_sent_for_one(
    stack: Stack, doctor: Doctor, brands_file: StackBrands
) -> None:
    owner, nobody = Owner(), {"OWNER_WA_NUMBER": "", "PHOTON_TO": ""}
    await brands_file.becomes(f'[brands.b_owned.whatsapp]\nowners = ["{owner.whatsapp}"]\n')
    async with another_edge(stack, **nobody) as edge:
        here = {**nobody, "PUBLIC_BASE_URL": str(edge.base_url).rstrip("/")}
        _, refused = await doctor("--send-test", **here)
        _, accepted = await doctor("--send-test", "b_owned", **here)

    assert refused["test.accepted"]["health"] == "problem"
    assert "422 for the brand doctor_test: " in refused["test.accepted"]["says"]
    assert "--send-test BRAND" in refused["test.accepted"]["fix"]
    assert accepted["test.accepted"]["says"].partition(" on ")[2].startswith("whatsapp;")


async def test_all_wrong_settings_are_listed_at_once_with_their_own_exit_code(stack: Stack) -> None:
    wrong = {**stack.environment, "PORT": "0", "WEBHOOK_SIGNING_SECRET": "changeme-changeme-changeme-changeme"}

    code, output = await run_python("-m", "tools.doctor", "--json", environment=wrong)

    document = json.loads(output)
    assert (code, document["health"]) == (2, "problem")
    assert {f["says"].partition(":")[0] for f in document["findings"]} == {"PORT", "WEBHOOK_SIGNING_SECRET"}
    assert "changeme" not in output


@pytest.mark.parametrize(
    ("base", "content"),
    [
        ("https://api.twilio.com", "https://content.twilio.com"),
        ("https://api.dublin.ie1.twilio.com", "https://content.dublin.ie1.twilio.com"),
        ("http://localhost:8090/twilio", "http://localhost:8090/twilio"),
    ],
)
def test_twilios_other_hosts_are_named_after_the_api_s(base: str, content: str) -> None:
    assert product_url(base, "content") == content
