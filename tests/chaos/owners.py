"""Owners, who answer the prompts on their phones, and strangers.

Some answers are duplicated, late, on another channel or wrong.
"""

import asyncio
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

import httpx

from tests.chaos.answers import Seen, own_answers, said
from tests.chaos.ledger import Ledger, Posted, Said
from tests.chaos.plan import OWNERS, Plan
from tests.harness.phone import Owner, Phone

_ID = re.compile(r"^Id: (\S+)$", re.MULTILINE)
_QUESTIONS = {"This one?": "answer to a question", "Which one?": "by number"}
"""How the gateway's questions begin, and the kinds of answers to them."""
_STRANGER = Owner(999)
_OK = 200


class Owners:
    def __init__(self, plan: Plan, phone: Phone, ledger: Ledger) -> None:
        self._plan = plan
        self._phone = phone
        self._ledger = ledger
        self._looked_at: set[str] = set()
        self._shown: defaultdict[str, list[Seen]] = defaultdict(list)
        self._rolled: Counter[tuple[str, ...]] = Counter()
        self._writing: set[asyncio.Task[None]] = set()
        self._answering = True

    async def run(self) -> None:
        """Looks at the phones, and answers each prompt and question once, until cancelled."""
        while True:
            for message in await self._messages():
                if message["id"] in self._looked_at or message["direction"] == "out":
                    continue
                self._looked_at.add(message["id"])
                if self._answering:
                    self._read(message)
            await asyncio.sleep(0.3)

    async def finish(self, within: float) -> None:
        """Waits until the edge has accepted everything; the reconciliation reports the rest.

        Messages that arrive from now on are not answered: a sidecar can send after its caller has
        gone, and the run has ended.
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

    def _read(self, message: dict[str, Any]) -> None:
        channel, sender = message["channel"], _approver(message["channel"], message["address"])
        if posted := self._ledger.posted.get(_candidate_of(message) or ""):
            before = [seen.posted.id for seen in self._shown[sender] if _is_open(seen.posted)]
            others = tuple(id_ for id_ in dict.fromkeys(before) if id_ != posted.id)
            seen = Seen(posted, channel, sender, message, others)
            self._shown[sender].append(seen)
            self._write_all(answers(self._dice(posted.id, sender), seen))
        elif (kind := _answer_to(message["text"])) and self._shown[sender]:
            dice = self._dice("question", sender)
            if dice.random() < 0.7:
                self._write_all([said(dice, kind, self._shown[sender][-1])])

    def _dice(self, *subject: str) -> Random:
        self._rolled[subject] += 1
        return self._plan.dice("owner", *subject, self._rolled[subject])

    def _write_all(self, messages: list[Said]) -> None:
        for each in messages:
            self._ledger.said[each.key] = each
            task = asyncio.create_task(self._write(each))
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)

    async def _write(self, said: Said) -> None:
        """Delivers the same message until the edge answers, as Twilio does with overrides."""
        await asyncio.sleep(said.delay)
        said.written_at = time.time()
        await asyncio.sleep(said.held)
        reply = {
            "channel": said.channel,
            "sender": said.address,
            "text": said.text,
            "message_id": said.message_id,
            "timestamp": datetime.fromtimestamp(said.written_at, UTC).isoformat(timespec="milliseconds"),
            "times": said.times,
            "concurrent": True,
            **({"quoted": said.quoted} if said.quoted else {}),
        }
        while not said.acked_at:
            for response in await self._deliver(reply):
                if response["status"] == _OK:
                    said.acked_at = said.acked_at or time.time()
                    said.words.append(re.sub(r"<[^>]*>", "", response["body"]) if said.channel == "whatsapp" else "")
                elif response["status"] and response["status"] < 500:
                    self._ledger.wrong_answers.append(f"{said.about} {said.key} got {response}")
                    return
                said.last_answer = str(response)
            await asyncio.sleep(1)

    async def _deliver(self, reply: dict[str, Any]) -> list[dict[str, Any]]:
        try:
            delivered = (await self._phone.http.post("/control/replies", json=reply)).raise_for_status()
            responses: list[dict[str, Any]] = delivered.json()["responses"]
        except (httpx.HTTPError, ValueError):
            return []
        return responses


def answers(dice: Random, seen: Seen) -> list[Said]:
    """Returns all answers to a prompt, by its owner and by others, with their delays."""
    own = own_answers(dice, seen)
    delay = own[0].delay if own else dice.uniform(0.2, 6)
    for message in own:
        if message.kind == "late":
            message.delay = max(0, _ends_at(seen.posted) - time.time() + dice.uniform(-0.5, 3))
        message.times = 2 if dice.random() < 0.15 else 1
    return [*own, *_others_words(dice, seen, delay)]


def _others_words(dice: Random, seen: Seen, delay: float) -> Iterator[Said]:
    if dice.random() < 0.15:
        other = dice.choice(seen.posted.approvers)
        elsewhere = replace(seen, channel=other.partition(":")[0], sender=other)
        yield _at(said(dice, "change of mind", elsewhere), delay + dice.uniform(0, 2))
    if dice.random() < 0.2:
        who = Owner(100 + dice.randrange(OWNERS)) if dice.random() < 0.5 else _STRANGER
        wrong = _approver(seen.channel, who.address(seen.channel))
        if wrong not in seen.posted.approvers:
            kind = "stranger" if who is _STRANGER else "other owner"
            yield _at(said(dice, kind, replace(seen, sender=wrong)), delay * 0.8)


def _at(message: Said, delay: float) -> Said:
    message.delay = delay
    return message


def _answer_to(text: str) -> str | None:
    return next((kind for words, kind in _QUESTIONS.items() if text.startswith(words)), None)


def _candidate_of(message: dict[str, Any]) -> str | None:
    """Returns the candidate whose prompt or last part a message is.

    The id is on its own line or in the buttons.
    """
    if named := _ID.search(message["text"]):
        return named[1]
    return next((button["id"].rpartition(" ")[2] for button in message["buttons"]), None)


def _approver(channel: str, address: str) -> str:
    return address if channel == "whatsapp" else f"imessage:{address}"


def _ends_at(posted: Posted) -> float:
    return posted.first_at + float(posted.body["deadline_sec"])


def _is_open(posted: Posted) -> bool:
    """Returns whether its owner might consider it open; people do not look up each one's end."""
    return time.time() < _ends_at(posted)
