"""Makes providers unavailable for longer than any single failure lasts."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx

from tests.chaos.ledger import Ledger, Outage
from tests.chaos.line import Line
from tests.chaos.plan import Plan
from tests.harness.phone import Phone

_503 = {"status": 503}
_HANGS = {"hang": True}
_ROTATED = {"status": 401, "code": 20003}
_UNSENT = '{"error": "Failed to open database: not authorized"}'

REFUSES = "refuses connections"

MANNERS: dict[str, dict[str, dict[str, dict[str, Any]]]] = {
    "whatsapp": {
        "answers 503": {"twilio.messages": _503, "twilio.list": _503},
        "takes messages, answers 500": {"twilio.messages": {"status": 500, "accept": True}, "twilio.list": _503},
        "hangs": {"twilio.messages": _HANGS, "twilio.list": _HANGS},
        "token rotated": {"twilio.messages": _ROTATED, "twilio.list": _ROTATED},
        "sender suspended": {"twilio.messages": {"status": 400, "code": 63007}},
        "only its list answers": {"twilio.messages": {"status": 500}},
        REFUSES: {},
    },
    "imessage": {
        "answers 500": {"photon.send": {"status": 500}},
        "takes messages, answers 500": {"photon.send": {"status": 500, "accept": True}},
        "answers 503": {"photon.send": _503},
        "takes messages, answers 503": {"photon.send": {**_503, "accept": True}},
        "no permission": {"photon.send": {**_503, "body": _UNSENT}},
        "hangs": {"photon.send": _HANGS},
        REFUSES: {},
    },
}
"""Each channel's kinds of outage, with the simulator's targets and their faults.

The gateway has to tell which outcomes are unknown.
"""

_WHO = (("whatsapp",), ("imessage",), ("whatsapp", "imessage"))


@dataclass(frozen=True)
class Planned:
    """Moments are in seconds from the start of the run."""

    channel: str
    manner: str
    at: float
    until: float


def planned(plan: Plan) -> list[Planned]:
    """Returns random outages, drawn from the end of the run.

    The last one ends together with all other faults, so that nothing else excuses what follows.
    """
    dice, until, drawn = plan.dice("outages"), plan.seconds, list[Planned]()
    while until > 0:
        lasts = dice.uniform(plan.shortest_outage, plan.longest_outage)
        for channel in dice.choice(_WHO):
            drawn.append(Planned(channel, dice.choice(sorted(MANNERS[channel])), max(until - lasts, 0), until))
        until -= lasts * dice.uniform(2, 3)
    return drawn


class Outages:
    def __init__(self, plan: Plan, phone: Phone, lines: Mapping[str, Line], ledger: Ledger) -> None:
        self._plan = plan
        self._phone = phone
        self._lines = lines
        self._ledger = ledger

    async def run(self) -> None:
        """Starts and ends each outage, until cancelled."""
        await asyncio.gather(*map(self._happen, planned(self._plan)))

    async def finish(self) -> None:
        """Ends the outages that are still in progress."""
        for line in self._lines.values():
            line.is_cut = False
        await self._clear()
        for outage in self._ledger.outages:
            outage.until = min(outage.until, time.time())

    async def _happen(self, planned: Planned) -> None:
        await asyncio.sleep(planned.at)
        outage = Outage(planned.channel, planned.manner, time.time())
        self._ledger.outages.append(outage)
        line = self._lines[planned.channel]
        line.is_cut = planned.manner == REFUSES
        with suppress(TimeoutError):
            async with asyncio.timeout(planned.until - planned.at):
                await self._insist(MANNERS[planned.channel][planned.manner])
        line.is_cut = False
        await self._clear()
        outage.until = time.time()

    async def _insist(self, faults: dict[str, dict[str, Any]]) -> None:
        """Keeps faults in force until cancelled.

        A simulator that is killed forgets them, and others clear them.
        """
        while True:
            with suppress(httpx.HTTPError):
                active = (await self._phone.http.get("/control/faults")).json()
                for target, fault in faults.items():
                    wanted = {"target": target, "times": None, **fault}
                    if not any(wanted.items() <= each.items() for each in active):
                        await self._phone.fault(target, **fault)
            await asyncio.sleep(0.3)

    async def _clear(self) -> None:
        """Ends every fault, including others' few, because two outages might end at once."""
        while True:
            try:
                (await self._phone.http.delete("/control/faults")).raise_for_status()
            except httpx.HTTPError:
                await asyncio.sleep(0.3)
            else:
                return
