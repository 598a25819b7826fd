"""Providers and core that are slow, refuse, break off, or take something and do not say so."""

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
    "photon.send": {
        "slow": _SLOW,
        "takes it after the caller has gone": {"delay_sec": 16},
        "refuses": {"status": 400},
        "no permission": {"status": 503},
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


async def harm(plan: Plan, phone: Phone, ledger: Ledger) -> None:
    """Make one of them fail for a few requests, again and again, until cancelled."""
    dice = plan.dice("faults")
    while True:
        await asyncio.sleep(dice.uniform(0.5, 4))
        target = dice.choices(sorted(FAULTS), weights=[3, 3, 1, 4])[0]
        name = dice.choice(sorted(FAULTS[target]))
        times = dice.randint(1, 3)
        try:
            await phone.fault(target, **FAULTS[target][name], times=times)
        except httpx.HTTPError:
            continue
        ledger.faults[f"{target} {name}"] += times
