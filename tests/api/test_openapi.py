"""The OpenAPI document is valid and complete, and its examples work unchanged."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from adapters.core import CoreDecisions, DecisionFormat, signing_key
from domain.decision import Decision, Outcome
from tests.harness.core import Core, draft
from tests.harness.phone import Owner
from tests.harness.schemas import problems
from tests.harness.stack import PHOTON_SECRET, Stack

ERRORS = {
    ("post", "/candidate"): {"401", "408", "409", "413", "422", "429", "503"},
    ("get", "/candidate/{candidate_id}"): {"401", "404", "422", "429", "503"},
    ("delete", "/candidate/{candidate_id}"): {"401", "404", "409", "422", "429", "503"},
    ("get", "/activity"): {"401", "422", "429", "503"},
    ("post", "/webhooks/whatsapp"): {"403", "408", "429", "503"},
    ("post", "/webhooks/whatsapp/status/{candidate_id}/{attempt}"): {"403", "408", "429", "503"},
    ("post", "/webhooks/imessage"): {"401", "408", "413", "422", "429", "503"},
    ("get", "/"): set(),
    ("get", "/healthz"): set(),
    ("get", "/readyz"): {"503"},
    ("get", "/metrics"): set(),
}


async def openapi(core: Core) -> dict[str, Any]:
    document: dict[str, Any] = (await core.http.get("/openapi.json")).json()
    return document


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].removeprefix("#/components/schemas/")]
    return schema


def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(method, path): operation for path, item in document["paths"].items() for method, operation in item.items()}


def body_examples(document: dict[str, Any], path: str) -> list[Any]:
    content = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    examples: list[Any] = resolved(document, content["schema"])["examples"]
    return examples


async def test_document_holds_together(stack: Stack) -> None:
    document = await openapi(stack.core)
    references = set(re.findall(r'"\$ref": ?"([^"]+)"', (await stack.core.http.get("/openapi.json")).text))
    schemas = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    ids = [operation["operationId"] for operation in operations(document).values()]
    secured = {
        name for operation in operations(document).values() for item in operation.get("security", []) for name in item
    }

    assert document["openapi"].startswith("3.1")
    assert references <= schemas
    assert len(ids) == len(set(ids))
    assert secured == set(document["components"]["securitySchemes"]) == {"core", "sidecar"}
    for (_, path), operation in operations(document).items():
        in_path = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path" and p["required"]}
        assert in_path == set(re.findall(r"{(\w+)}", path))


async def test_every_route_is_described_with_its_errors(stack: Stack) -> None:
    described = operations(await openapi(stack.core))

    assert set(described) == set(ERRORS)
    for name, operation in described.items():
        assert operation.get("description"), name
        assert {status for status in operation["responses"] if status >= "400"} >= ERRORS[name], name
        assert all(response["description"] for response in operation["responses"].values()), name


OPERATIONS = {
    "createCandidate",
    "getCandidate",
    "withdrawCandidate",
    "listActivity",
    *("receiveWhatsApp", "receiveStatusReport", "receiveIMessage"),
    *("getService", "getLiveness", "getReadiness", "getMetrics"),
}


def properties_of_core(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Collects the fields of all schemas that core's operations and the webhook use.

    Keys are schema and name.
    """
    fields: dict[str, dict[str, Any]] = {}
    mine = [operation for operation in operations(document).values() if operation["tags"] == ["core"]]
    waiting = [*mine, document["webhooks"]]
    seen: set[str] = set()
    while waiting:
        names = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(waiting.pop()))) - seen
        for name in names:
            schema = document["components"]["schemas"][name]
            fields |= {f"{name}.{field}": shape for field, shape in schema.get("properties", {}).items()}
            waiting.append(schema)
        seen |= names
    return fields


async def test_operations_have_names_fit_for_generated_clients(stack: Stack) -> None:
    document = await openapi(stack.core)

    assert {operation["operationId"] for operation in operations(document).values()} == OPERATIONS


async def test_every_field_of_core_is_described_and_no_schema_has_a_default(stack: Stack) -> None:
    document = await openapi(stack.core)
    fields = properties_of_core(document)

    assert {"CandidateIn.replaces", "CandidateOut.note", "ExtendedDecision.via", "Decided.decider"} <= set(fields)
    assert [name for name, field in fields.items() if not field.get("description")] == []
    parameters = [p for operation in operations(document).values() for p in operation.get("parameters", [])]
    assert all(p.get("description") or p["in"] == "path" for p in parameters)
    assert '"default":' not in json.dumps(document)


async def test_answers_have_all_their_fields_and_requests_those_without_a_default(stack: Stack) -> None:
    schemas = (await openapi(stack.core))["components"]["schemas"]

    for name in ("CandidateAccepted", "CandidateOut", "ActivityPage", "Activity", "PromptOut", "Decided"):
        assert set(schemas[name]["required"]) == set(schemas[name]["properties"]), name
    assert set(schemas["CandidateIn"]["required"]) == {
        *("id", "brand_id", "platform", "source_ref", "proposed_text", "persona", "context_url"),
    }
    assert schemas["Problem"]["required"] == schemas["InvalidRequest"]["required"] == ["detail"]


@pytest.mark.parametrize("decision_format", DecisionFormat)
async def test_decision_is_sent_as_the_webhook_is_described(
    stack: Stack, owner: Owner, decision_format: DecisionFormat
) -> None:
    document = await openapi(stack.core)
    webhook = document["webhooks"]["decision"]["post"]
    kinds = [ref["$ref"] for ref in webhook["requestBody"]["content"]["application/json"]["schema"]["anyOf"]]
    described = {kind.rpartition("/")[2] for kind in kinds}
    candidate = draft(owner)
    decision = Decision(Outcome.APPROVED, "Thanks!", owner.whatsapp, datetime.now(UTC), timedelta(seconds=3))
    settings = stack.environment

    async with httpx.AsyncClient() as http:
        core = CoreDecisions(
            http,
            settings["CORE_DECISION_WEBHOOK"],
            settings["CORE_DECISION_WEBHOOK_SIGNING_SECRET"],
            [signing_key(settings["CORE_DECISION_WEBHOOK_SIGNING_KEY"])],
            decision_format=decision_format,
        )
        await core.deliver(candidate["id"], decision, brand_id=candidate["brand_id"], source_ref="post_1")
    (attempt,) = await stack.phone.attempts("core.decisions", contains=candidate["id"])

    assert described == {"DecisionOut", "ExtendedDecision"}
    kind = "DecisionOut" if decision_format is DecisionFormat.STRICT else "ExtendedDecision"
    schema = {**document["components"]["schemas"][kind], "components": document["components"]}
    assert set(json.loads(attempt["body"])) == set(schema["properties"]) == set(schema["required"])
    assert problems(json.loads(attempt["body"]), schema) == []
    assert {parameter["name"] for parameter in webhook["parameters"]} <= {*attempt["headers"]}
    assert {"200", "3XX", "4XX", "5XX"} == set(webhook["responses"])


async def test_examples_run_as_they_stand(stack: Stack) -> None:
    document = await openapi(stack.core)
    candidates, messages = body_examples(document, "/candidate"), body_examples(document, "/webhooks/imessage")
    assert candidates
    assert len(messages) == 2

    for candidate in candidates:
        assert (await stack.core.post(candidate)).status_code == 202
    for message in messages:
        headers = {"Authorization": f"Bearer {PHOTON_SECRET}"}
        assert (await stack.core.http.post("/webhooks/imessage", json=message, headers=headers)).status_code == 200
    for (method, path), operation in operations(document).items():
        if method == "get":
            in_path = [p for p in operation.get("parameters", []) if p["in"] == "path"]
            response = await stack.core.http.get(
                path.format(**{p["name"]: p["schema"]["examples"][0] for p in in_path})
            )
            assert response.status_code == 200, path


async def test_docs_load_nothing_from_elsewhere(stack: Stack) -> None:
    html = (await stack.core.http.get("/docs")).text
    loaded = re.findall(r"""(?:src|href)=["']([^"']+)""", html)

    assert loaded
    assert not re.search(r"https?://|//[a-z]", re.sub(r"<!--.*?-->", "", html))
    async with httpx.AsyncClient(base_url=stack.gateway_url) as browser:
        for path in [*loaded, "/openapi.json"]:
            assert (await browser.get(path)).status_code == 200, path
