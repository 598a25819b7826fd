"""The owners' phones, and everything else that the simulator shows and does."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Self
from urllib.parse import parse_qs
from xml.etree import ElementTree as ET

import httpx

from tests.harness.processes import until

TARGETS = {"whatsapp": "twilio.messages", "imessage": "photon.send"}
"""The simulator's targets that receive a channel's messages."""

_NUMBERS = count(2)  # 1 is the fallback owner's


@dataclass(frozen=True)
class Owner:
    """A person with a phone, whose addresses are unique in the test run."""

    number: int = field(default_factory=lambda: next(_NUMBERS))

    @property
    def whatsapp(self) -> str:
        return f"whatsapp:+1555{self.number:07}"

    @property
    def imessage(self) -> str:
        return f"owner{self.number}@example.com"

    def address(self, channel: str) -> str:
        return self.whatsapp if channel == "whatsapp" else self.imessage


@dataclass(frozen=True)
class Delivered:
    """How the gateway answered the webhooks of one reply."""

    message_id: str
    responses: list[dict[str, Any]]

    @property
    def statuses(self) -> list[int | None]:
        return [response["status"] for response in self.responses]

    @property
    def tries(self) -> list[int]:
        """How often each webhook was posted, until an answer or as often as its overrides allow."""
        return [response["tries"] for response in self.responses]

    @property
    def bodies(self) -> list[str]:
        return [response["body"] for response in self.responses]

    @property
    def words(self) -> list[str]:
        """The text of each TwiML answer; an empty text for an empty answer."""
        return ["\n".join(messages) for messages in self.messages]

    @property
    def messages(self) -> list[list[str]]:
        """The messages in each TwiML answer."""
        return [[message.text or "" for message in ET.fromstring(body)] for body in self.bodies]  # noqa: S314  # our own


class Phone:
    def __init__(self, simulator_url: str) -> None:
        self.http = httpx.AsyncClient(base_url=simulator_url, timeout=httpx.Timeout(30))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def says(self, channel: str, owner: Owner, text: str, **options: Any) -> Delivered:
        """Sends a reply on a channel; the simulator delivers it as the provider would."""
        reply = {"channel": channel, "sender": owner.address(channel), "text": text, **options}
        response = (await self.http.post("/control/replies", json=reply)).raise_for_status()
        return Delivered(**response.json())

    async def taps(self, message: Mapping[str, Any], button: str, **options: Any) -> Delivered:
        """Taps a button under a WhatsApp message; `button` is its title or its id."""
        reply = {"channel": "whatsapp", "sender": message["address"], "quoted": message["id"], "tap": button, **options}
        response = (await self.http.post("/control/replies", json=reply)).raise_for_status()
        return Delivered(**response.json())

    async def close_window(self, owner: Owner) -> None:
        """Closes WhatsApp's 24-hour window for an owner; the owner's next reply opens it."""
        change = {"open": False, "address": owner.whatsapp}
        (await self.http.put("/control/window", json=change)).raise_for_status()

    async def messages(self, channel: str, owner: Owner) -> list[dict[str, Any]]:
        """Returns the messages that arrived in a chat, in order."""
        query = {"channel": channel, "address": owner.address(channel)}
        shown: list[dict[str, Any]] = (await self.http.get("/control/messages", params=query)).json()
        return [message for message in shown if message["direction"] == "in"]

    async def texts(self, channel: str, owner: Owner) -> list[str]:
        return [message["text"] for message in await self.messages(channel, owner)]

    async def until_message(self, channel: str, owner: Owner, contains: str) -> dict[str, Any]:
        def matching(shown: list[dict[str, Any]]) -> dict[str, Any] | None:
            return next((message for message in shown if contains in message["text"]), None)

        found = matching(await until(lambda: self.messages(channel, owner), matching))
        assert found
        return found

    async def prompts(self, channel: str, candidate_id: str) -> list[dict[str, Any]]:
        """Returns the prompts of a candidate that reached any phone."""
        query = {"channel": channel, "contains": candidate_id}
        shown: list[dict[str, Any]] = (await self.http.get("/control/messages", params=query)).json()
        arrived = [message for message in shown if message["direction"] == "in"]
        return [m for m in arrived if _has_buttons(m, candidate_id) or _asks(m["text"], candidate_id)]

    async def until_prompted(self, channel: str, candidate_id: str, within: float = 40) -> dict[str, Any]:
        async def prompted() -> dict[str, Any] | None:
            return next(iter(await self.prompts(channel, candidate_id)), None)

        return await until(prompted, within=within)

    async def decisions(self, candidate_id: str) -> list[dict[str, Any]]:
        """Returns the decisions that core accepted for a candidate, in order."""
        found: list[dict[str, Any]] = (await self.http.get("/control/decisions", params={"id": candidate_id})).json()
        return found

    async def until_decided(self, candidate_id: str, within: float = 40) -> dict[str, Any]:
        async def decided() -> dict[str, Any] | None:
            return next(iter(await self.decisions(candidate_id)), None)

        return await until(decided, within=within)

    async def attempts(self, target: str, contains: str = "") -> list[dict[str, Any]]:
        """Returns every request that arrived at a provider or at core, in order."""
        query = {"target": target, "contains": contains}
        found: list[dict[str, Any]] = (await self.http.get("/control/attempts", params=query)).json()
        return found

    async def prompt_attempts(self, channel: str, candidate_id: str) -> list[dict[str, Any]]:
        """Returns the attempts to send a prompt, or the last part of a long one."""
        tried = await self.attempts(TARGETS[channel], contains=candidate_id)
        return [a for a in tried if _fills_content(a, candidate_id) or _asks(a["text"], candidate_id)]

    async def fault(self, target: str, **fault: Any) -> None:
        """Makes a provider or core fail, as simulator/faults.py describes.

        `match` limits the fault to requests that contain a substring.
        """
        (await self.http.post("/control/faults", json={"target": target, **fault})).raise_for_status()

    async def statuses(self, *steps: dict[str, Any]) -> None:
        """Sets the status reports of every WhatsApp message from now on.

        simulator/twilio/webhooks/status.py describes the steps.
        """
        (await self.http.put("/control/statuses", json={"steps": steps})).raise_for_status()

    async def listing(self, *, lag_sec: float) -> None:
        """Makes Twilio's list of messages lag behind."""
        (await self.http.put("/control/listing", json={"lag_sec": lag_sec})).raise_for_status()

    async def heal(self) -> None:
        """Ends all faults, opens every window, and lets messages be sent and delivered again."""
        (await self.http.put("/control/statuses", json={})).raise_for_status()
        (await self.http.delete("/control/faults")).raise_for_status()


def _asks(text: str, candidate_id: str) -> bool:
    """Returns whether a text is a candidate's prompt, or the last part of a long one."""
    return f"Id: {candidate_id}\n" in text


def _fills_content(attempt: Mapping[str, Any], candidate_id: str) -> bool:
    form = parse_qs(attempt["body"] or "")
    return any(candidate_id in json.loads(variables).values() for variables in form.get("ContentVariables", []))


def _has_buttons(message: Mapping[str, Any], candidate_id: str) -> bool:
    return any(button["id"].endswith(f" {candidate_id}") for button in message["buttons"])
