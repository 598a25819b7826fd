"""What platforms and operators ask of the edge."""

import re

from tests.harness.edges import another_edge
from tests.harness.phone import Owner
from tests.harness.stack import PHOTON_SECRET, Stack


async def test_root_says_exactly_what_platforms_check(stack: Stack) -> None:
    response = await stack.core.http.get("/", headers={"Authorization": ""})

    assert response.status_code == 200
    assert response.json() == {"service": "brandpilot-approval-gateway", "status": "ok"}


async def test_edge_is_alive_and_ready_and_names_each_dependency(stack: Stack, owner: Owner) -> None:
    sidecar = {"Authorization": f"Bearer {PHOTON_SECRET}"}
    taken = {"from": owner.imessage, "text": "strangers of other tests were refused, this is not"}
    await stack.core.http.post("/webhooks/imessage", json=taken, headers=sidecar)

    alive, ready = [await stack.core.http.get(path) for path in ("/healthz", "/readyz")]

    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()) == (
        200,
        {
            "status": "ok",
            "dependencies": dict.fromkeys(("temporal", "redis", "whatsapp", "imessage", "brands_file"), "ok"),
        },
    )


async def test_what_is_not_configured_is_off_and_the_edge_is_ready_all_the_same(shared_stack: Stack) -> None:
    twilio = dict.fromkeys(("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_WA_NUMBER"), "")
    async with another_edge(shared_stack, **twilio, PHOTON_BASE_URL="", BRANDS_FILE="") as edge:
        ready = await edge.get("/readyz")

    assert (ready.status_code, ready.json()) == (
        200,
        {
            "status": "ok",
            "dependencies": {"temporal": "ok", "redis": "ok"}
            | dict.fromkeys(("whatsapp", "imessage", "brands_file"), "off"),
        },
    )


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
    """Each label of a metric stays in memory for as long as the edge runs."""
    foreign = {"INVENTED1": 400, "INVENTED2": 400, "PROPFIND": 405, "MKCOL": 405}

    for method, status in foreign.items():
        for path in ("/healthz", "/nowhere"):
            assert (await stack.core.http.request(method, path)).status_code == status
    metrics = (await stack.core.http.get("/metrics")).text
    assert [method for method in foreign if method in metrics] == []
