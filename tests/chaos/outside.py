"""What arrived at providers, phones and core, as the simulator recorded it.

Moments are seconds since 1970.
"""

from dataclasses import dataclass
from typing import Any

from tests.harness.phone import Phone

_FAILURES = {"failed", "undelivered"}
_CHANNELS = {"twilio.messages": "whatsapp", "photon.send": "imessage"}


@dataclass(frozen=True)
class Arrival:
    """A text for a recipient: a request to a provider, or a message on the phone."""

    to: str
    text: str
    at: float
    came_back: bool = False
    """Whether the provider reports that it never arrived; a real phone would not show it."""

    @property
    def channel(self) -> str:
        return self.to.partition(":")[0]


@dataclass(frozen=True)
class DeliveredDecision:
    """A decision that core accepted."""

    id: str
    outcome: str
    final_text: str | None
    decider: str
    latency_ms: int
    webhook_id: str | None
    note: str | None = None


@dataclass(frozen=True)
class Outside:
    requests: tuple[Arrival, ...] = ()
    messages: tuple[Arrival, ...] = ()
    delivered: tuple[DeliveredDecision, ...] = ()


async def look_outside(phone: Phone) -> Outside:
    attempts = await _shown(phone, "attempts")
    messages = await _shown(phone, "messages")
    decisions = await _shown(phone, "decisions")
    return Outside(
        tuple(
            Arrival(_address(_CHANNELS[a["target"]], a["to"]), a["text"], a["at"])
            for a in attempts
            if a["target"] in _CHANNELS
        ),
        tuple(
            Arrival(_address(m["channel"], m["address"]), m["text"], m["at"], m["status"] in _FAILURES)
            for m in messages
            if m["direction"] == "in"
        ),
        tuple(
            DeliveredDecision(
                d["id"], d["decision"], d["final_text"], d["decider"], d["latency_ms"], d["webhook_id"], d["note"]
            )
            for d in decisions
        ),
    )


async def _shown(phone: Phone, what: str) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = (await phone.http.get(f"/control/{what}")).raise_for_status().json()
    return shown


def _address(channel: str, address: str) -> str:
    """Returns an address in the form of the contract's decider, as in all of a run's evidence."""
    return address if channel == "whatsapp" else f"imessage:{address}"
