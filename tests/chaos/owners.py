"""Owners, who answer what they see on their phones: at times twice, late, elsewhere, or wrongly; and strangers."""

import asyncio
import re
import time
from collections import Counter
from random import Random
from typing import Any
from uuid import UUID

import httpx

from tests.chaos.ledger import Ledger, Posted, Said, Verdict
from tests.chaos.plan import OWNERS, Plan
from tests.harness.phone import Owner, Phone

_ID = re.compile(r"^Id: (\S+)$", re.MULTILINE)
_RUBBISH = ["ok", "yes, but later", "approve this please", "👍", "edit", "what is that?"]
_STRANGER = Owner(999)
_OK = 200


class Owners:
    def __init__(self, plan: Plan, phone: Phone, ledger: Ledger) -> None:
        self._plan = plan
        self._phone = phone
        self._ledger = ledger
        self._seen: set[str] = set()
        self._asked: Counter[tuple[str, str]] = Counter()
        self._writing: set[asyncio.Task[None]] = set()
        self._answering = True

    async def run(self) -> None:
        """Look at the phones, and answer each prompt once, until cancelled."""
        while True:
            for message in await self._messages():
                prompt = _ID.search(message["text"])
                if message["id"] in self._seen or message["direction"] == "out":
                    continue
                self._seen.add(message["id"])
                if self._answering and prompt and (posted := self._ledger.posted.get(prompt[1])):
                    self._answer(posted, message)
            await asyncio.sleep(0.3)

    async def finish(self, within: float) -> None:
        """Wait until the edge has taken everything; what it does not take is for the reconciliation.

        What arrives from now on is not answered: a sidecar may send after its caller has gone, and the run has ended.
        """
        self._answering = False
        if self._writing:
            await asyncio.wait(self._writing, timeout=within)
        for task in self._writing:
            task.cancel()

    async def _messages(self) -> list[dict[str, Any]]:
        try:
            shown: list[dict[str, Any]] = (await self._phone.http.get("/control/messages")).json()
        except (httpx.TransportError, ValueError):
            return []
        return shown

    def _answer(self, posted: Posted, message: dict[str, Any]) -> None:
        self._asked[posted.id, message["channel"]] += 1
        dice = self._plan.dice("owner", posted.id, message["channel"], self._asked[posted.id, message["channel"]])
        for said in answers(dice, posted, message):
            self._ledger.said[said.key] = said
            task = asyncio.create_task(self._write(said))
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)

    async def _write(self, said: Said) -> None:
        """Deliver until the edge answers, as Twilio does when told to: the same message each time."""
        await asyncio.sleep(said.delay)
        reply = {
            "channel": said.channel,
            "sender": said.address,
            "text": said.text,
            "message_id": said.message_id,
            "times": said.times,
            "concurrent": True,
            **({"quoted": said.quoted} if said.quoted else {}),
        }
        while not said.acked_at:
            for answer in await self._deliver(reply):
                if answer["status"] == _OK:
                    said.acked_at = said.acked_at or time.time()
                    said.words.append(re.sub(r"<[^>]*>", "", answer["body"]) if said.channel == "whatsapp" else "")
                elif answer["status"] and answer["status"] < 500:
                    self._ledger.wrong_answers.append(f"{said.about} {said.key} got {answer}")
                    return
                said.last_answer = str(answer)
            await asyncio.sleep(1)

    async def _deliver(self, reply: dict[str, Any]) -> list[dict[str, Any]]:
        try:
            delivered = (await self._phone.http.post("/control/replies", json=reply)).raise_for_status()
            responses: list[dict[str, Any]] = delivered.json()["responses"]
        except (httpx.HTTPError, ValueError):
            return []
        return responses


def answers(dice: Random, posted: Posted, prompt: dict[str, Any]) -> list[Said]:
    """Give what the prompt is answered with, by whomever, and when."""
    channel, sender = prompt["channel"], _approver(prompt["channel"], prompt["address"])
    kinds = ["approve", "skip", "edit", "bare", "quote", "unknown", "rubbish", "late", "silence"]
    kind = dice.choices(kinds, weights=[32, 14, 14, 12, 8, 4, 6, 6, 4])[0]
    delay = dice.uniform(0.2, 6)
    if kind == "bare":
        delay += 5  # or it would only be asked about: its prompt has to be read first
    if kind == "late":
        delay = max(0, posted.first_at + posted.body["deadline_sec"] - time.time() + dice.uniform(-0.5, 3))
    said = [_said(dice, kind, posted.id, channel, sender, delay, prompt["id"])] if kind != "silence" else []
    if said and dice.random() < 0.15:
        said[0].times = 2
    if dice.random() < 0.15:  # a change of mind
        other = dice.choice(posted.approvers)
        said.append(_said(dice, "skip", posted.id, other.partition(":")[0], other, delay + dice.uniform(0, 2), None))
    if dice.random() < 0.2:
        other_owner = Owner(100 + dice.randrange(OWNERS)) if dice.random() < 0.5 else _STRANGER
        wrong = _approver(channel, other_owner.address(channel))
        if wrong not in posted.approvers:
            kind = "stranger" if other_owner is _STRANGER else "other owner"
            said.append(_said(dice, kind, posted.id, channel, wrong, delay * 0.8, None))
    return said


def _approver(channel: str, address: str) -> str:
    return address if channel == "whatsapp" else f"imessage:{address}"


def _said(dice: Random, kind: str, about: str, channel: str, sender: str, delay: float, prompt_id: str | None) -> Said:
    unique = UUID(int=dice.getrandbits(128))
    text = f"Better {unique.hex[:8]},\nsays the owner"
    can_quote = channel == "whatsapp" and prompt_id is not None
    if kind == "quote" and not can_quote:
        kind = "bare"
    spoken: dict[str, tuple[str, str | None, Verdict | None]] = {
        "skip": (dice.choice(["skip", "Reject"]) + f" {about}", about, ("rejected", None)),
        "edit": (f"edit {about}: {text}", about, ("edited", text)),
        "bare": ("approve", None, ("approved", None)),
        "quote": ("approve", about, ("approved", None)),
        "unknown": (f"approve {about}x", None, None),
        "rubbish": (dice.choice(_RUBBISH), None, None),
    }
    words, named, verdict = spoken.get(kind, (f"approve {about}", about, ("approved", None)))
    return Said(
        message_id=f"SM{unique.hex}" if channel == "whatsapp" else str(unique).upper(),
        channel=channel,
        sender=sender,
        text=words,
        kind=kind,
        delay=delay,
        about=named,
        verdict=verdict,
        quoted=prompt_id if kind == "quote" else None,
    )
