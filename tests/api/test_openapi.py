"""The API's own documentation: valid, complete, and its examples run as they stand."""

import re
from typing import Any

import httpx

from tests.harness.core import Core
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
            parameters = operation.get("parameters", [])
            given = {p["name"]: p["schema"]["examples"][0] for p in parameters if p["required"]}
            response = await stack.core.http.get(path.format(**given), params=given)
            assert response.status_code == 200, path


async def test_docs_load_nothing_from_elsewhere(stack: Stack) -> None:
    html = (await stack.core.http.get("/docs")).text
    loaded = re.findall(r"""(?:src|href)=["']([^"']+)""", html)

    assert loaded
    assert not re.search(r"https?://|//[a-z]", re.sub(r"<!--.*?-->", "", html))
    async with httpx.AsyncClient(base_url=stack.gateway_url) as browser:
        for path in [*loaded, "/openapi.json"]:
            assert (await browser.get(path)).status_code == 200, path
