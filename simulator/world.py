"""The record of what happened in the outside world."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field

Target = Literal["twilio.messages", "twilio.list", "photon.send", "photon.watch", "core.decisions"]
Channel = Literal["whatsapp", "imessage"]
Reaction = Literal["like", "dislike", "love", "laugh", "emphasize", "question"]


class AttemptOutcome(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"  # it took effect, even if the caller got an error
    REFUSED = "refused"
    UNANSWERED = "unanswered"  # no effect and no answer


class Attempt(BaseModel):
    """A request that arrived at a provider or at core."""

    target: Target
    at: float = Field(default_factory=time.time)
    to: str
    text: str
    outcome: AttemptOutcome = AttemptOutcome.PENDING
    status: int | None = None
    id: str | None = None
    headers: dict[str, str] | None = None
    body: str | None = None


class Button(BaseModel):
    """A quick reply under a message: the owner reads the title, a tap sends the id."""

    title: str
    id: str


class ChatMessage(BaseModel):
    """A message in a chat; `direction` is "in" if it arrived, "out" if the owner wrote it."""

    id: str
    channel: Channel
    address: str
    direction: Literal["in", "out"]
    text: str
    at: float = Field(default_factory=time.time)
    quoted: str | None = None
    reaction: Reaction | None = None  # a tapback, which the phone shows on the quoted message
    num_media: int = 0
    status: str = "delivered"
    buttons: list[Button] = []
    is_template: bool = False  # approved by WhatsApp: Twilio reports taps on its buttons differently
    error_code: int | None = None
    arrives: bool = True  # False: Twilio accepted it, but WhatsApp does not show it


class AcceptedDecision(BaseModel):
    """A decision that core accepted, with the fields of both forms.

    `attempt` counts the deliveries for the same candidate.
    """

    id: str
    decision: str
    final_text: str | None
    decider: str
    latency_ms: int
    brand_id: str | None = None
    source_ref: str | None = None
    via: str | None = None
    note: str | None = None
    reason: str | None = None
    webhook_id: str | None
    webhook_timestamp: str | None
    at: float = Field(default_factory=time.time)
    attempt: int


class Event(BaseModel):
    """A message arrived at an address, or a candidate's decision at core."""

    kind: Literal["arrived", "delivered"]
    key: str
    at: float


class World:
    """Every attempt, message and decision.

    With a folder for data, messages and decisions survive a restart. So does the arrival of each
    attempt, but not its outcome.
    """

    def __init__(self, data: Path | None) -> None:
        self.attempts: list[Attempt] = []
        self.messages: list[ChatMessage] = []
        self.decisions: list[AcceptedDecision] = []
        self.on_arrival: Callable[[ChatMessage], None] = lambda _: None
        self._times_decided = Counter[str]()
        self._watchers: set[asyncio.Queue[Event]] = set()
        self._journal = data / "simulator.jsonl" if data else None
        if self._journal:
            self._journal.parent.mkdir(parents=True, exist_ok=True)
            self._journal.touch()
            self._read(self._journal)

    def add_attempt(self, attempt: Attempt) -> None:
        self.attempts.append(attempt)
        self._write("attempt", attempt.model_dump_json())

    def add_message(self, message: ChatMessage) -> None:
        self.messages.append(message)
        self._write("message", message.model_dump_json(exclude={"status"}))
        if message.direction == "in":
            self._tell(Event(kind="arrived", key=message.address, at=message.at))
            if message.arrives:
                self.on_arrival(message)

    def add_decision(self, decision: AcceptedDecision) -> None:
        self._keep(decision)
        self._write("decision", decision.model_dump_json())
        self._tell(Event(kind="delivered", key=decision.id, at=decision.at))

    @contextmanager
    def watched(self) -> Iterator[asyncio.Queue[Event]]:
        """Yields a queue that gets each event from now on."""
        happened: asyncio.Queue[Event] = asyncio.Queue()
        self._watchers.add(happened)
        try:
            yield happened
        finally:
            self._watchers.discard(happened)

    def _tell(self, event: Event) -> None:
        for watcher in self._watchers:
            watcher.put_nowait(event)

    def times_decided(self, candidate_id: str) -> int:
        return self._times_decided[candidate_id]

    def message(self, message_id: str) -> ChatMessage | None:
        return next((m for m in self.messages if m.id == message_id), None)

    def clear(self) -> None:
        self.attempts.clear()
        self.messages.clear()
        self.decisions.clear()
        self._times_decided.clear()
        if self._journal:
            self._journal.write_text("")

    def _write(self, kind: str, record: str) -> None:
        if self._journal:
            with self._journal.open("a", encoding="utf-8") as journal:
                journal.write(f"{kind} {record}\n")

    def _read(self, journal: Path) -> None:
        complete, _, torn = journal.read_bytes().rpartition(b"\n")
        if torn:  # the process was killed while it wrote
            os.truncate(journal, len(complete) + bool(complete))
        for line in complete.decode().split("\n") if complete else []:
            kind, _, record = line.partition(" ")
            if kind == "attempt":
                self.attempts.append(Attempt.model_validate_json(record))
            elif kind == "message":
                self.messages.append(ChatMessage.model_validate_json(record))
            else:
                self._keep(AcceptedDecision.model_validate_json(record))

    def _keep(self, decision: AcceptedDecision) -> None:
        self.decisions.append(decision)
        self._times_decided[decision.id] += 1
