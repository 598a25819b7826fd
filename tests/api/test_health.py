"""The edge answers the health checks of platforms and operators."""

import json
import re

import httpx
import pytest

from tests.harness.edges import another_edge
from tests.harness.phone import Owner
from tests.harness.processes import free_port
from tests.harness.stack import Stack, api_process

NO_TWILIO = dict.fromkeys(("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_WA_NUMBER"), "")


async def test_root_says_exactly_what_platforms_check(stack: Stack) -> None:
    response = await stack.core.http.get("/", headers={"Authorization": ""})

    assert response.status_code == 200
    assert response.json() == {"service": "brandpilot-approval-gateway", "status": "ok"}


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/activity?brand_id=b_1", "/candidate/cr_none", "/docs", "/candidate"]
)
async def test_head_is_answered_as_get_without_the_body(stack: Stack, path: str) -> None:
    whole, head = await stack.core.http.get(path), await stack.core.http.head(path)

    assert (head.status_code, head.content) == (whole.status_code, b"")
    assert head.headers["Content-Length"] == whole.headers["Content-Length"] != "0"


async def test_edge_is_alive_and_ready_and_names_each_dependency(stack: Stack) -> None:
    async with another_edge(stack) as edge:  # without the brands and rejections of other tests
        alive, ready = [await edge.get(path) for path in ("/healthz", "/readyz")]

    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()) == (
        200,
        {
            "status": "ok",
            "dependencies": dict.fromkeys(
                ("temporal", "redis", "client_limit", "whatsapp", "imessage", "brands_file", "clock"), "ok"
            )
            | {"client_certificate": "off"},
        },
    )


async def test_what_is_not_configured_is_off_and_the_edge_is_ready_all_the_same(shared_stack: Stack) -> None:
    async with another_edge(shared_stack, **NO_TWILIO, BRANDS_FILE="") as edge:
        ready = await edge.get("/readyz")

    assert (ready.status_code, ready.json()) == (
        200,
        {
            "status": "ok",
            "dependencies": dict.fromkeys(("temporal", "redis", "client_limit", "imessage", "clock"), "ok")
            | dict.fromkeys(("whatsapp", "brands_file", "client_certificate"), "off"),
        },
    )


async def test_edge_without_any_channel_says_so_at_its_start_and_when_asked_and_is_ready(shared_stack: Stack) -> None:
    port = str(free_port())
    api = api_process({**shared_stack.environment, **NO_TWILIO, "PHOTON_BASE_URL": "", "PORT": port})
    try:
        await api.start()
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as edge:
            ready = await edge.get("/readyz")
        said = [line for line in api.output.splitlines() if "no_channel_enabled" in line]
    finally:
        await api.kill()

    assert ready.status_code == 200
    states = ready.json()["dependencies"]
    assert states["whatsapp"] == states["imessage"] == "off, and so is every channel: each candidate is refused (422)"
    assert [json.loads(line)["level"] for line in said] == ["warning"]
    assert "no_channel_enabled" not in shared_stack.api.output


async def test_metrics_count_requests_by_route_and_not_by_path(stack: Stack, owner: Owner) -> None:
    candidate = await stack.core.accepted(owner)
    await stack.core.candidate(candidate["id"])

    response = await stack.core.http.get("/metrics")

    assert response.headers["Content-Type"].startswith("text/plain")
    lines = [line for line in response.text.splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z_]+(\{.*\})? [0-9.e+-]+", line) for line in lines)
    assert any('handler="/candidate/{candidate_id}",method="GET",status="2xx"' in line for line in lines)
    assert candidate["id"] not in response.text


async def test_nobody_adds_to_the_metrics_by_inventing_methods(stack: Stack) -> None:
    """Every metric label stays in memory while the edge runs."""
    foreign = {"INVENTED1": 400, "INVENTED2": 400, "PROPFIND": 405, "MKCOL": 405}

    for method, status in foreign.items():
        for path in ("/healthz", "/nowhere"):
            assert (await stack.core.http.request(method, path)).status_code == status
    metrics = (await stack.core.http.get("/metrics")).text
    assert [method for method in foreign if method in metrics] == []
