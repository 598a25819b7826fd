"""GET /activity: its order, its pages, its fields."""

import asyncio
import base64
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.stack import Stack

FIELDS = {
    "id",
    "brand_id",
    "platform",
    "proposed_text",
    "state",
    "created_at",
    "decided_at",
    "decision",
    "final_text",
    "decider",
    "via",
    "latency_ms",
}


async def activity(stack: Stack, brand_id: str, **query: Any) -> dict[str, Any]:
    response = await stack.core.http.get("/activity", params={"brand_id": brand_id, **query})
    assert response.status_code == 200, response.text
    page: dict[str, Any] = response.json()
    return page


async def signal(stack: Stack, name: str, candidate_id: str, *arguments: dict[str, str]) -> None:
    await stack.run_of(candidate_id).signal(name, args=arguments)


async def until_shown(stack: Stack, brand_id: str, states: dict[str, str]) -> dict[str, Any]:
    """Wait until the brand's whole list shows these candidates in these states."""
    return await until(
        lambda: activity(stack, brand_id, limit=100),
        lambda page: {entry["id"]: entry["state"] for entry in page["activities"]} == states,
    )


async def pages(stack: Stack, brand_id: str, limit: int) -> list[list[dict[str, Any]]]:
    found: list[list[dict[str, Any]]] = []
    cursor: dict[str, str] = {}
    while True:
        page = await activity(stack, brand_id, limit=limit, **cursor)
        assert page["count"] == len(page["activities"])
        found.append(page["activities"])
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


async def test_pages_hold_every_candidate_once_undecided_first_and_in_order(stack: Stack, owner: Owner) -> None:
    brand_id = f"b_{uuid4().hex}"
    posted = [
        (await stack.core.accepted(owner, brand_id=brand_id, id=f"cr_{brand_id}_{number}"))["id"]
        for number in range(35)
    ]
    undecided, decided = posted[::2], posted[1::2]
    await asyncio.gather(*(signal(stack, "withdraw", name, {"operator": "ann"}) for name in decided))

    def all_are_shown(page: dict[str, Any]) -> bool:
        states = [entry["state"] for entry in page["activities"]]
        return (len(states), states.count("expired")) == (len(posted), len(decided))

    await until(lambda: activity(stack, brand_id, limit=100), all_are_shown)
    found = await pages(stack, brand_id, limit=10)

    assert [len(page) for page in found[:-1]] == [10] * (len(found) - 1)
    entries = [entry for page in found for entry in page]
    assert [entry["id"] for entry in entries[:18]] == undecided[::-1]
    assert {entry["id"] for entry in entries[18:]} == set(decided)
    moments = [datetime.fromisoformat(entry["decided_at"]) for entry in entries[18:]]
    assert moments == sorted(moments, reverse=True)
    assert len(entries) == 35


async def test_last_decided_comes_first_though_runs_close_in_another_order(stack: Stack, owner: Owner) -> None:
    brand_id = f"b_{uuid4().hex}"
    first, second = [(await stack.core.accepted(owner, brand_id=brand_id))["id"] for _ in range(2)]
    await stack.phone.fault("core.decisions", status=400, match=first)
    await signal(stack, "withdraw", first, {"operator": "ann"})
    await stack.core.until_callback(first, "parked")
    await signal(stack, "withdraw", second, {"operator": "ann"})
    await stack.core.until_callback(second, "delivered")

    while_parked = await until_shown(stack, brand_id, {first: "expired", second: "expired"})
    await stack.phone.heal()
    await signal(stack, "retry_callback", first)
    await stack.core.until_callback(first, "delivered")
    when_closed = await until_shown(stack, brand_id, {first: "expired", second: "expired"})

    assert [entry["id"] for entry in while_parked["activities"]] == [second, first]
    assert [entry["id"] for entry in when_closed["activities"]] == [second, first]


async def test_entries_have_exactly_the_fields_of_the_contract(stack: Stack, owner: Owner) -> None:
    brand_id = f"b_{uuid4().hex}"
    open_one, decided = [await stack.core.accepted(owner, brand_id=brand_id) for _ in range(2)]
    await stack.phone.until_prompted("whatsapp", open_one["id"])
    await stack.phone.until_prompted("whatsapp", decided["id"])
    await stack.phone.says("whatsapp", owner, f"edit {decided['id']}: mine")

    page = await until_shown(stack, brand_id, {open_one["id"]: "prompted", decided["id"]: "edited"})

    assert set(page) == {"brand_id", "count", "activities", "next_cursor"}
    assert (page["brand_id"], page["count"], page["next_cursor"]) == (brand_id, 2, None)
    first, second = page["activities"]
    assert set(first) == set(second) == FIELDS
    decided_fields = {"decided_at", "decision", "final_text", "decider", "via", "latency_ms"}
    assert {name for name, value in first.items() if value is None} == decided_fields
    assert (second["decision"], second["final_text"]) == ("edited", "mine")
    assert (second["decider"], second["via"]) == (owner.whatsapp, "whatsapp")
    assert (second["platform"], second["proposed_text"]) == ("x", decided["proposed_text"])
    assert datetime.fromisoformat(second["created_at"]) < datetime.fromisoformat(second["decided_at"])


async def test_brands_are_kept_apart(stack: Stack, owner: Owner) -> None:
    brand_id = f"b_{uuid4().hex}"
    mine = await stack.core.accepted(owner, brand_id=brand_id)
    other = await stack.core.accepted(owner, brand_id=f"{brand_id}:2")

    await until_shown(stack, f"{brand_id}:2", {other["id"]: "prompted"})
    await until_shown(stack, brand_id, {mine["id"]: "prompted"})
    assert (await activity(stack, f"{brand_id}-unknown"))["activities"] == []


@pytest.mark.parametrize("brand_id", ["b' OR BrandId != 'b", "b'", 'b"', "b\\", "b%", "", "x" * 129])
async def test_brand_ids_with_quotes_are_refused_and_leak_nothing(stack: Stack, owner: Owner, brand_id: str) -> None:
    await stack.core.accepted(owner)
    response = await stack.core.http.get("/activity", params={"brand_id": brand_id})

    assert response.status_code == 422
    assert "activities" not in response.text
    assert {tuple(detail["loc"]) for detail in response.json()["detail"]} == {("query", "brand_id")}


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"limit": -1}, {"limit": "many"}], ids=str)
async def test_limit_is_between_1_and_100(stack: Stack, query: dict[str, Any]) -> None:
    response = await stack.core.http.get("/activity", params={"brand_id": "b_acme", **query})

    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == ["query", "limit"]


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "é",
        "\0",
        "A" * 4097,
        *(
            base64.urlsafe_b64encode(content.encode()).decode()
            for content in ('{"token": "AAAA"}', '{"before": "now"}')
        ),
        base64.urlsafe_b64encode(bytes(16) + b'{"before": "0001-01-01T00:00:00Z"}').decode(),
    ],
    ids=lambda cursor: ascii(cursor)[:20],
)
async def test_cursor_that_was_not_given_is_refused(stack: Stack, cursor: str) -> None:
    response = await stack.core.http.get("/activity", params={"brand_id": "b_acme", "cursor": cursor})

    assert response.status_code == 422
