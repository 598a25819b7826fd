"""A model of one chat: the phone, Redis's memory of it, a search that lags, and the edge.

Times are in seconds. An owner can mean only a prompt that they had read, whose end they had not
read, or the text of the last question. `Facts` says what the rule allows.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from domain.conversation import bare_word_rule
from domain.conversation.chat_memory import ChatMemory, LastMessage, Recollection
from domain.conversation.subjects import Subject, Telling
from domain.decision import Outcome
from tests.domain.conversation.facts import Facts, OurKind, Ours, OwnersWord, text_for
from tests.domain.conversation.phone import OwnersPhone, SeenMessage

_EPOCH = datetime(2026, 11, 24, tzinfo=UTC)
_RESPONSE = 0.5
"""How long an answer in the response to the owner's own message takes to the phone."""

Change = Callable[[ChatMemory], ChatMemory]


def moment(seconds: float) -> datetime:
    return _EPOCH + timedelta(seconds=seconds)


@dataclass(frozen=True)
class Heard:
    """A word as the edge read it: what it decided, what its owner meant, what the rule names."""

    meant: str | None
    decided: str | None
    named: str | None


@dataclass
class Conversation:
    """Runs the scheduled actions in the order of time; `lag` is how far searches are behind.

    One person has this many `addresses`: each prompt goes to one of them, and one phone shows all.
    """

    lag: float = 0
    addresses: int = 1
    now: float = 0
    phone: OwnersPhone = field(default_factory=OwnersPhone)
    facts: Facts = field(default_factory=Facts)
    asked_at: dict[str, float] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.memories = [ChatMemory()] * self.addresses
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()
        self._kept: list[tuple[float, list[ChatMemory]]] = []
        self._silent_until = 0.0
        self._taken_back: set[str] = set()
        self._address_of: dict[str, int] = {}
        self._hidden: dict[str, float] = {}

    @property
    def decided(self) -> set[str]:
        return self.facts.decided

    def at(self, when: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._due, (when, next(self._numbers), action))

    def run(self) -> None:
        while self._due:
            self.now, _, action = heapq.heappop(self._due)
            action()
            self._kept.append((self.now, list(self.memories)))

    def prompt(  # each way that a send can end
        self, id_: str, *, travels: float, returns: float, reported: float, goes_out: bool = True, address: int = 0
    ) -> None:
        """Sends a prompt now.

        It reaches the phone after `travels`, and the worker knows after `returns`.
        """
        if self._waits(lambda: self.prompt(id_, travels=travels, returns=returns, reported=reported, address=address)):
            return
        key = f"{id_}/prompt/whatsapp/1/1"
        sent = self._send(key, Ours(OurKind.PROMPT, self.now, id_), Subject(id_, Telling.WHOLE), address)
        if not goes_out:
            self._taken_back.add(id_)
            sent.has_failed = True
            self.at(self.now + returns, lambda: self._note(address, lambda memory: memory.take_back(key)))
            return
        self.at(self.now + travels, lambda: self._come(sent, SeenMessage(self.now, id_, asks=True)))
        self.at(self.now + max(travels, returns), lambda: self._ask(id_))
        self.at(self.now + travels + reported, lambda: self._report(key, address))

    def prompt_in_parts(
        self, id_: str, *, travels: float, returns: float, reported: float, fails: int, address: int = 0
    ) -> None:
        """Sends a prompt of two parts, the second once the first has returned.

        The part with the number `fails` is reported as failed. A part without the other one shows
        no candidate, so nobody means it.
        """

        def send(part: int, telling: Telling) -> None:
            if self._waits(lambda: send(part, telling)):
                return
            key = f"{id_}/prompt/whatsapp/1/{part}"
            ours = Ours(OurKind.PROMPT, self.now, id_, part=part, parts=2, has_failed=part == fails)
            sent = self._send(key, ours, Subject(id_, telling), address)
            seen = [SeenMessage(self.now + travels, id_, asks=True)] if part == 2 and not fails else []
            self.at(self.now + travels, lambda: self._come(sent, *seen))
            self.at(self.now + travels + reported, lambda: self._report(key, address, is_failure=part == fails))
            if part == 1:
                self.at(self.now + returns, lambda: self._ask(id_))
                self.at(self.now + returns, lambda: send(2, Telling.WHOLE))

        send(1, Telling.PART)

    def offer_buttons(self, id_: str, *, travels: float, reported: float, goes_out: bool) -> None:
        """Sends a message with buttons after a prompt that is out."""
        if id_ in self.decided or id_ not in self.asked_at:
            return
        key, address = f"{id_}/buttons/whatsapp/{self.now}", self._address_of[id_]
        if self._waits(lambda: self.offer_buttons(id_, travels=travels, reported=reported, goes_out=goes_out)):
            return
        sent = self._send(key, Ours(OurKind.BUTTONS, self.now, id_), Subject(id_, Telling.PART), address)
        sent.has_failed = not goes_out
        if goes_out:
            self.at(self.now + travels, lambda: self._come(sent, SeenMessage(self.now, id_, asks=True)))
            self.at(self.now + travels + reported, lambda: self._report(key, address))

    def decide_elsewhere(self, id_: str, *, receipt_after: float, travels: float) -> None:
        """Decides or withdraws a candidate that was asked about; its receipt follows."""
        if id_ in self.decided or id_ not in self.asked_at:
            return
        self._decide(id_)
        key, subject, address = f"{id_}/message/1", Subject(id_, Telling.END), self._address_of[id_]

        def send() -> None:
            if self._waits(send):
                return
            sent = self._send(key, Ours(OurKind.END, self.now, id_, ends=(id_,)), subject, address)
            self.at(self.now + travels, lambda: self._come(sent, SeenMessage(self.now, id_, asks=False)))
            self.at(self.now + travels + 0.1, lambda: self._report(key, address, subject))

        self.at(self.now + receipt_after, send)

    def lose_memory(self) -> None:
        self.memories = [ChatMemory()] * self.addresses

    def fail_over(self, *, back: float) -> None:
        """Continues with a replica that has missed the last moments."""
        earlier = [memories for at, memories in self._kept if at <= self.now - back]
        self.memories = earlier[-1] if earlier else [ChatMemory()] * self.addresses

    def silence(self, *, lasts: float) -> None:
        """Stops Redis: sends wait, notes are lost, and the edge knows nothing about the chat."""
        self._silent_until = max(self._silent_until, self.now + lasts)

    def read_by(self, when: float, looked: float) -> list[str]:
        return self.phone.read_by(when, looked, self._taken_back - set(self.asked_at))

    def word(  # each way that words can differ
        self,
        key: str,
        outcome: Outcome,
        *,
        meant: str | None,
        written: float,
        is_dated: bool = False,
        missed_at: float | None = None,
        is_thumb: bool = False,
    ) -> None:
        """Receives a word now; `missed_at` is when it first arrived, if Temporal was away then."""
        if missed_at is not None:
            first = moment(missed_at)
            self._note_all(lambda memory: memory.miss(key, first))
        surely = min([self.now, *([missed_at] if missed_at is not None else []), *([written] if is_dated else [])])
        named = self.facts.named_by(OwnersWord(outcome, surely, is_thumb), self._found())
        decided = self._take(key, outcome, moment(written) if is_dated else None, is_thumb=is_thumb)
        self.heard.append(Heard(meant, decided, named))

    def _take(self, key: str, outcome: Outcome, dated: datetime | None, *, is_thumb: bool) -> str | None:
        """Does what the edge does with a word; returns what it decides."""
        recollection = self._recall()
        if recollection is None:
            self._answer(key, None)  # it asks for the number
            return None
        at = bare_word_rule.written_at(recollection, key, recollection.now, dated)
        if proposed := bare_word_rule.proposal(recollection, at):
            return self._answer_proposal(key, outcome, proposed, recollection, at)
        id_ = bare_word_rule.meant(recollection, outcome, at, needs_prompt=is_thumb)
        is_open = id_ is not None and id_ in self.asked_at and id_ not in self.decided
        if id_ is None or not is_open or [other for other in self._found() if other != id_]:
            self._ask_back(key, recollection.untold)
            return None
        self.verdict(key, id_, outcome)
        return id_

    def _answer_proposal(
        self, key: str, outcome: Outcome, last: LastMessage, recollection: Recollection, at: datetime
    ) -> str | None:
        assert last.subject
        assert last.subject.proposed_by
        id_, text = last.subject.candidate_id, last.subject.proposed_by
        if id_ in self.decided:
            self._tell_end(key, id_)
        elif outcome is not Outcome.APPROVED:
            self._answer(key, Subject(id_, Telling.ANSWER))
        elif bare_word_rule.answers_proposal(recollection, last, at):
            self.verdict(key, id_, Outcome.EDITED)
            return text_for(id_, text)
        else:
            self._answer(key, last.subject)
        return None

    def verdict(self, key: str, id_: str, outcome: Outcome) -> None:
        """Receives a verdict that is understood: a bare one, or one that names or quotes."""
        self._tell_end(key, id_)
        if id_ not in self.decided:
            self._decide(id_)
        self.facts.verdicts.append((self.now, id_, outcome))
        self._note_all(lambda memory: memory.judge(outcome, id_, moment(self.now)))

    def propose(self, key: str, id_: str) -> None:
        """Receives a text that answers a prompt, and asks about it.

        It does not ask if the candidate is decided, or if the question would be lost.
        """
        if id_ in self.decided:
            self._tell_end(key, id_)
        elif self._recall():
            self._answer(key, Subject(id_, Telling.PROPOSAL, proposed_by=key))

    def list_open(self, key: str) -> None:
        """Answers a message without a verdict; a question about a text stays open."""
        recollection = self._recall()
        last = recollection and bare_word_rule.proposal(recollection, recollection.now)
        self._answer(key, last.subject if last and last.candidate_id not in self.decided else None)

    def _ask_back(self, key: str, untold: list[str]) -> None:
        named = list(dict.fromkeys([*untold, *self._found()]))
        open_ids = [id_ for id_ in named if id_ not in self.decided]
        ended = tuple(id_ for id_ in untold if id_ in self.decided)
        self._answer(key, Subject(open_ids[0], Telling.ANSWER, ended) if len(open_ids) == 1 else None)

    def _tell_end(self, key: str, id_: str) -> None:
        self._answer(key, Subject(id_, Telling.END))

    def _answer(self, key: str, subject: Subject | None) -> None:
        """Answers in the response to the owner's message."""
        self._note_all(lambda memory: memory.say(f"answer/{key}", subject, moment(self.now)))
        if subject is None:
            self.facts.ours.append(Ours(OurKind.OTHER, self.now, arrived=self.now))
            return
        id_, text, is_end = subject.candidate_id, subject.proposed_by or "", subject.telling is Telling.END
        kind = {Telling.ANSWER: OurKind.QUESTION, Telling.PROPOSAL: OurKind.PROPOSAL, Telling.END: OurKind.END}[
            subject.telling
        ]
        ends = (*subject.ended, *([id_] if is_end else []))
        self.facts.ours.append(Ours(kind, self.now, id_, text, ends=ends, arrived=self.now))
        seen = [SeenMessage(self.now + _RESPONSE, ended, asks=False, is_question=True) for ended in subject.ended]
        seen.append(SeenMessage(self.now + _RESPONSE, id_, asks=not is_end, is_question=not is_end, text=text))
        self.at(self.now + _RESPONSE, lambda: self.phone.show(*seen))

    def _send(self, key: str, ours: Ours, subject: Subject, address: int) -> Ours:
        self._note(address, lambda memory: memory.begin(key, subject, moment(self.now)))
        self.facts.ours.append(ours)
        self._address_of[ours.about] = address
        return ours

    def _come(self, sent: Ours, *seen: SeenMessage) -> None:
        sent.arrived = self.now
        self.phone.show(*seen)

    def _report(self, key: str, address: int, subject: Subject | None = None, *, is_failure: bool = False) -> None:
        if is_failure:
            self._note(address, lambda memory: memory.take_back(key))
        else:
            self._note(address, lambda memory: memory.arrive(key, subject, moment(self.now)))

    def _waits(self, again: Callable[[], None]) -> bool:
        """Postpones an action while Redis is silent; returns whether it did."""
        if self.now < self._silent_until:
            self.at(self._silent_until, again)
            return True
        return False

    def _note(self, address: int, change: Change) -> None:
        if self.now >= self._silent_until:
            self.memories[address] = change(self.memories[address])

    def _note_all(self, change: Change) -> None:
        for address in range(self.addresses):
            self._note(address, change)

    def _recall(self) -> Recollection | None:
        return None if self.now < self._silent_until else Recollection(tuple(self.memories), moment(self.now))

    def _found(self) -> list[str]:
        """Returns the candidates that were asked about and undecided `lag` ago, like a search."""
        then = self.now - self.lag
        asked = [id_ for id_, at in self.asked_at.items() if at <= then]
        return [id_ for id_ in asked if self._hidden.get(id_, self.now + 1) > then]

    def _decide(self, id_: str) -> None:
        self.decided.add(id_)
        self._hidden[id_] = self.now

    def _ask(self, id_: str) -> None:
        self.asked_at[id_] = self.now
