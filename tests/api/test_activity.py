"""GET /activity returns candidates in order, in pages, with documented fields."""

import asyncio
import base64
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import Client

from adapters.temporal import connection as temporal
from tests.harness.accepting import accepted_alone, unread
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
    """Waits until the brand's whole list shows these candidates in these states."""
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
    undecided, decided = [], []
    for _ in range(6):
        undecided += [each["id"] for each in await unread(stack, 1, owner, brand_id=brand_id)]
        decided.append((await accepted_alone(stack, "whatsapp", owner, brand_id=brand_id))["id"])
    undecided += [each["id"] for each in await unread(stack, 1, owner, brand_id=brand_id)]
    await asyncio.gather(*(signal(stack, "withdraw", name, {"operator": "ann"}) for name in decided))

    def all_are_shown(page: dict[str, Any]) -> bool:
        states = [entry["state"] for entry in page["activities"]]
        return (len(states), states.count("expired")) == (13, 6)

    await until(lambda: activity(stack, brand_id, limit=100), all_are_shown)
    found = await pages(stack, brand_id, limit=3)

    assert [len(page) for page in found] == [3, 3, 3, 3, 1]
    entries = [entry for page in found for entry in page]
    assert [entry["id"] for entry in entries[:7]] == undecided[::-1]
    assert {entry["id"] for entry in entries[7:]} == set(decided)
    moments = [datetime.fromisoformat(entry["decided_at"]) for entry in entries[7:]]
    assert moments == sorted(moments, reverse=True)


async def test_last_decided_comes_first_though_runs_close_in_another_order(stack: Stack, owner: Owner) -> None:
    brand_id = f"b_{uuid4().hex}"
    first, second = [(await accepted_alone(stack, "whatsapp", owner, brand_id=brand_id))["id"] for _ in range(2)]
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
    mine = await accepted_alone(stack, "whatsapp", owner, brand_id=brand_id)
    other = await accepted_alone(stack, "whatsapp", owner, brand_id=f"{brand_id}:2")

    await until_shown(stack, f"{brand_id}:2", {other["id"]: "prompted"})
    await until_shown(stack, brand_id, {mine["id"]: "prompted"})
    assert (await activity(stack, f"{brand_id}-unknown"))["activities"] == []


@pytest.mark.parametrize("brand_id", ["b' OR BrandId != 'b", "b'", 'b"', "b\\", "b%", "", "x" * 129])
async def test_brand_ids_with_quotes_are_refused_and_leak_nothing(stack: Stack, owner: Owner, brand_id: str) -> None:
    await unread(stack, 1, owner)
    response = await stack.core.http.get("/activity", params={"brand_id": brand_id})

    assert response.status_code == 422
    assert "activities" not in response.text
    assert {tuple(detail["loc"]) for detail in response.json()["detail"]} == {("query", "brand_id")}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("limit", value) for value in (0, -1, "many")],
        *[("state", value) for value in ("", "OPEN", "open,new", "decided")],
        *[(name, value) for name in ("since", "until") for value in ("now", "2026-11-26", "2026-11-26T10:00:00", "5")],
    ],
)
async def test_bad_parameter_is_refused_by_name(stack: Stack, name: str, value: Any) -> None:
    response = await stack.core.http.get("/activity", params={"brand_id": "b_acme", name: value})

    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"][:2] == ["query", name]


async def test_limit_above_100_is_100(stack: Stack, owner: Owner) -> None:
    brand_id = f"b_{uuid4().hex}"
    await unread(stack, 101, owner, brand_id=brand_id)

    found = await until(
        lambda: activity(stack, brand_id, limit=1000), lambda page: page["count"] >= 100 and page["next_cursor"]
    )

    assert found["count"] == 100


async def test_states_limit_the_list(stack: Stack, owner: Owner) -> None:
    brand_id = f"b_{uuid4().hex}"
    prompted, edited, expired = [
        (await accepted_alone(stack, "whatsapp", owner, brand_id=brand_id))["id"] for _ in range(3)
    ]
    await asyncio.gather(*(stack.phone.until_prompted("whatsapp", name) for name in (prompted, edited)))
    await stack.phone.says("whatsapp", owner, f"edit {edited}: mine")
    await signal(stack, "withdraw", expired, {"operator": "ann"})
    await until_shown(stack, brand_id, {prompted: "prompted", edited: "edited", expired: "expired"})

    async def shown(*states: str) -> set[str]:
        return {entry["id"] for entry in (await activity(stack, brand_id, state=states))["activities"]}

    assert await shown("open") == await shown("prompted") == {prompted}
    assert await shown("new") == await shown("approved") == set()
    assert await shown("edited", "expired") == {edited, expired}
    assert await shown("open", "edited") == {prompted, edited}


async def test_moments_of_acceptance_limit_the_list_from_the_first_until_before_the_last(
    stack: Stack, owner: Owner
) -> None:
    brand_id = f"b_{uuid4().hex}"
    ids = [(await accepted_alone(stack, "whatsapp", owner, brand_id=brand_id))["id"] for _ in range(4)]
    await signal(stack, "withdraw", ids[1], {"operator": "ann"})
    states = {ids[0]: "prompted", ids[1]: "expired", ids[2]: "prompted", ids[3]: "prompted"}
    page = await until_shown(stack, brand_id, states)
    accepted = {entry["id"]: datetime.fromisoformat(entry["created_at"]) for entry in page["activities"]}

    async def shown(**moments: str) -> set[str]:
        return {entry["id"] for entry in (await activity(stack, brand_id, **moments))["activities"]}

    first, third = accepted[ids[1]], accepted[ids[3]]
    elsewhere = first.astimezone(timezone(timedelta(hours=14))).isoformat()
    assert await shown(since=first.isoformat(), until=third.isoformat()) == {ids[1], ids[2]}
    assert await shown(since=elsewhere) == set(ids[1:])
    assert await shown(since=(first + timedelta(microseconds=1)).isoformat()) == set(ids[2:])
    assert await shown(until=(third + timedelta(microseconds=1)).isoformat()) == set(ids)
    assert await shown(since="0001-01-01T00:00:00+14:00", until="9999-12-31T23:59:59.999999-14:00") == set(ids)


async def test_list_without_a_brand_has_all_of_them_in_the_same_order(stack: Stack, owner: Owner) -> None:
    """Pages of one entry, bound to their filters, with other tests' candidates in between."""
    brands = [f"b_{uuid4().hex}" for _ in range(2)]
    opened = [(await accepted_alone(stack, "whatsapp", owner, brand_id=brand))["id"] for brand in brands]
    decided = [(await accepted_alone(stack, "whatsapp", owner, brand_id=brand))["id"] for brand in brands]
    for name in decided:
        await signal(stack, "withdraw", name, {"operator": "ann"})
        await stack.core.until_callback(name, "delivered")
    for brand, *states in zip(brands, opened, decided, strict=True):
        await until_shown(stack, brand, dict(zip(states, ("prompted", "expired"), strict=True)))
    since = (await stack.core.candidate(opened[0]))["created_at"]

    entries: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        response = await stack.core.http.get("/activity", params={"since": since, "limit": "1", **cursor})
        page = response.json()
        assert page["brand_id"] is None
        entries += [entry["id"] for entry in page["activities"] if entry["brand_id"] in brands]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}

    assert entries == [*opened[::-1], *decided[::-1]]


async def test_cursor_is_bound_to_its_filters(stack: Stack, owner: Owner) -> None:
    brand_id = f"b_{uuid4().hex}"
    ids = [(await accepted_alone(stack, "whatsapp", owner, brand_id=brand_id))["id"] for _ in range(2)]
    await until_shown(stack, brand_id, dict.fromkeys(ids, "prompted"))
    cursor = (await activity(stack, brand_id, limit=1))["next_cursor"]

    other: list[dict[str, str]] = [{}, {"brand_id": f"{brand_id}x"}, {"brand_id": brand_id, "state": "open"}]
    for query in other:
        response = await stack.core.http.get("/activity", params={**query, "cursor": cursor})
        assert response.status_code == 422
        assert "other filters" in response.json()["detail"]
    assert (await activity(stack, brand_id, limit=50, cursor=cursor))["activities"][0]["id"] == ids[0]


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


async def test_candidate_that_no_key_decrypts_hides_no_other_and_an_empty_list_is_none(
    stack: Stack, owner: Owner
) -> None:
    """Its page goes on after it, and where it is alone, the answer names it."""
    brand, others = f"b_{uuid4().hex[:10]}", f"b_{uuid4().hex[:10]}"
    converter = temporal.data_converter({"lost": sha256(b"lost").digest()})
    other = replace(stack, client=await Client.connect(stack.environment["TEMPORAL_ADDRESS"], data_converter=converter))
    [first] = await unread(stack, 1, owner, brand_id=brand)
    [locked] = await unread(other, 1, owner, brand_id=brand)
    [last] = await unread(stack, 1, owner, brand_id=brand)
    [alone] = await unread(other, 1, owner, brand_id=others)

    page = await until_shown(stack, brand, {each["id"]: "new" for each in (first, last)})
    assert page["count"] == 2
    paged = await paged_by_ones(stack, brand)
    refused = await until(
        lambda: stack.core.http.get("/activity", params={"brand_id": others}), lambda answer: not answer.is_success
    )

    assert paged == [last["id"], first["id"]]
    left_out = [line for line in stack.api.output.splitlines() if "candidate_left_out" in line]
    assert len([line for line in left_out if locked["id"] in line]) == 1
    assert refused.status_code == 503
    assert alone["id"] in refused.json()["detail"]
    assert "'lost'" in refused.json()["detail"]


async def paged_by_ones(stack: Stack, brand_id: str) -> list[str]:
    """Pages through a list by single entries."""
    shown, cursor = [], None
    while True:
        page = await activity(stack, brand_id, limit=1, **({"cursor": cursor} if cursor else {}))
        shown += [entry["id"] for entry in page["activities"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return shown
