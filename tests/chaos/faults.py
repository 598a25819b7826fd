"""Makes providers and core slow, refuse, break off, or accept a request without saying so."""

import asyncio
from typing import Any

import httpx

from tests.chaos.ledger import Ledger
from tests.chaos.plan import Plan
from tests.harness.phone import Phone

_SLOW = {"delay_sec": 2}
_CUT = {"drop": True}
_TAKEN_CUT = {"drop": True, "accept": True}
_TAKEN_500 = {"status": 500, "accept": True}
_TAKEN_HANGS = {"hang": True, "accept": True}
_BUSY = {"status": 429, "headers": {"Retry-After": "2"}}

FAULTS: dict[str, dict[str, dict[str, Any]]] = {
    "twilio.messages": {
        "slow": _SLOW,
        "takes it after the caller has gone": {"delay_sec": 11},
        "refuses": {"status": 400, "code": 21211},
        "busy": _BUSY,
        "busy by code": {"status": 400, "code": 63018},
        "fails": {"status": 500},
        "fails, having taken it": _TAKEN_500,
        "times out, having taken it": _TAKEN_HANGS,
        "breaks off": _CUT,
        "breaks off, having taken it": _TAKEN_CUT,
    },
    "twilio.list": {
        "slow": _SLOW,
        "busy": _BUSY,
        "fails": {"status": 503},
        "times out": {"hang": True},
        "breaks off": _CUT,
    },
    "photon.send": {
        "slow": _SLOW,
        "takes it after the caller has gone": {"delay_sec": 66},
        "refuses": {"status": 400},
        "no permission": {"status": 503, "body": '{"error": "Failed to open database: not authorized"}'},
        "fails, having taken it": _TAKEN_500,
        "times out, having taken it": _TAKEN_HANGS,
        "breaks off": _CUT,
        "breaks off, having taken it": _TAKEN_CUT,
    },
    "photon.watch": {"fails": {"status": 500}},
    "core.decisions": {
        "slow": _SLOW,
        "refuses": {"status": 404},
        "busy": _BUSY,
        "fails": {"status": 503},
        "fails, having taken it": _TAKEN_500,
        "times out, having taken it": _TAKEN_HANGS,
        "breaks off": _CUT,
        "breaks off, having taken it": _TAKEN_CUT,
        "answers rubbish, having taken it": {"status": 200, "body": "<html>", "accept": True},
    },
}

STATUSES: dict[str, list[dict[str, Any]]] = {
    "sent, then delivered": [{"status": "sent"}, {"status": "delivered"}],
    "late": [{"status": "sent", "delay_sec": 5}, {"status": "delivered", "delay_sec": 5}],
    "twice and out of order": [{"status": status} for status in ("delivered", "sent", "delivered")],
    "missing": [],
    "sent back": [{"status": "sent"}, {"status": "failed", "error_code": 63018, "delay_sec": 1}],
    "undelivered": [{"status": "sent"}, {"status": "undelivered", "error_code": 63024, "delay_sec": 1}],
}
"""The status reports that Twilio sends for messages, until the next change."""


async def harm(plan: Plan, phone: Phone, ledger: Ledger) -> None:
    """Makes one of them fail for a few requests, again and again, until cancelled."""
    dice = plan.dice("faults")
    while True:
        await asyncio.sleep(dice.uniform(0.5, 4))
        target = dice.choices([*sorted(FAULTS), "statuses"], weights=[3, 3, 1, 1, 4, 2])[0]
        name = dice.choice(sorted(STATUSES if target == "statuses" else FAULTS[target]))
        times = dice.randint(1, 3)
        try:
            if target == "statuses":
                await set_statuses(phone, STATUSES[name])
            else:
                await phone.fault(target, **FAULTS[target][name], times=times)
        except httpx.HTTPError:
            continue
        ledger.faults[f"{target} {name}"] += 1 if target == "statuses" else times


async def end_harm(phone: Phone) -> None:
    """Ends all faults, and restores the usual status reports."""
    await phone.heal()
    await set_statuses(phone, STATUSES["sent, then delivered"])


async def set_statuses(phone: Phone, steps: list[dict[str, Any]]) -> None:
    (await phone.http.put("/control/statuses", json={"steps": steps})).raise_for_status()
