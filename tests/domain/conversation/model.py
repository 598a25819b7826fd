"""A model of one chat: the phone, what Redis remembers of it, a search that lags, and the edge between them.

Moments are seconds. What the owner means is what a person can mean: a prompt that was read by then, whose end was not.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from domain.conversation import bare_word_rule
from domain.conversation.chat_memory import ChatMemory, Recollection
from domain.conversation.subjects import Subject, Telling
from domain.decision import Outcome

_EPOCH = datetime(2026, 11, 24, tzinfo=UTC)


def moment(seconds: float) -> datetime:
    return _EPOCH + timedelta(seconds=seconds)


@dataclass(frozen=True)
class Seen:
    """A message on the phone: it asks about a candidate, or tells its end."""

    at: float
    about: str
    asks: bool
    is_question: bool = False


@dataclass(frozen=True)
class Heard:
    """A word as the edge took it, and what it decided."""

    meant: str | None
    decided: str | None


@dataclass
class Conversation:
    """Runs what is scheduled, in the order of time. `lag` is how far searches are behind."""

    lag: float = 0
    now: float = 0
    memory: ChatMemory = field(default_factory=ChatMemory)
    phone: list[Seen] = field(default_factory=list)
    asked_at: dict[str, float] = field(default_factory=dict)
    decided: set[str] = field(default_factory=set)
    heard: list[Heard] = field(default_factory=list)
    own_verdicts: list[tuple[float, str, Outcome]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()
        self._kept: list[tuple[float, ChatMemory]] = []
        self._taken_back: set[str] = set()
        self._hidden: dict[str, float] = {}

    def at(self, when: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._due, (when, next(self._numbers), action))

    def run(self) -> None:
        while self._due:
            self.now, _, action = heapq.heappop(self._due)
            action()
            self._kept.append((self.now, self.memory))

    def prompt(self, id_: str, *, travels: float, returns: float, reported: float, goes_out: bool = True) -> None:
        """Send a prompt now; the phone has it after `travels`, the worker knows after `returns`."""
        key, subject, start = f"{id_}/prompt/whatsapp/1/1", Subject(id_, Telling.WHOLE), self.now
        self.memory = self.memory.begin(key, subject, moment(start))
        if not goes_out:
            self._taken_back.add(id_)
            self.at(start + returns, lambda: self._set(self.memory.take_back(key)))
            return
        self.at(start + travels, lambda: self._show(id_, asks=True))
        self.at(start + max(travels, returns), lambda: self._ask(id_))
        self.at(start + travels + reported, lambda: self._set(self.memory.arrive(key, None, moment(self.now))))

    def prompt_in_parts(self, id_: str, *, travels: float, returns: float, reported: float, fails: int) -> None:
        """Send a prompt of two parts, the second as the first has returned; the report may be that one of them fails.

        What came over without the rest shows no candidate: nobody means it.
        """

        def send(part: int, telling: Telling) -> None:
            key = f"{id_}/prompt/whatsapp/1/{part}"
            self.memory = self.memory.begin(key, Subject(id_, telling), moment(self.now))
            self.at(self.now + travels + reported, lambda: self._set(self._reported(key, is_failure=part == fails)))

        send(1, Telling.PART)
        self.at(self.now + returns, lambda: self._ask(id_))
        self.at(self.now + returns, lambda: send(2, Telling.WHOLE))
        if not fails:
            self.at(self.now + returns + travels, lambda: self._show(id_, asks=True))

    def decide_elsewhere(self, id_: str, *, receipt_after: float, travels: float) -> None:
        """Decide a candidate that was asked; its receipt follows."""
        if id_ in self.decided or id_ not in self.asked_at:
            return
        self._decide(id_)
        key, subject = f"{id_}/message/1", Subject(id_, Telling.END)

        def send() -> None:
            self._set(self.memory.begin(key, subject, moment(self.now)))
            self.at(self.now + travels, lambda: self._show(id_, asks=False))
            self.at(self.now + travels + 0.1, lambda: self._set(self.memory.arrive(key, subject, moment(self.now))))

        self.at(self.now + receipt_after, send)

    def lose_memory(self) -> None:
        self.memory = ChatMemory()

    def fail_over(self, *, back: float) -> None:
        """Go on with a replica that has not heard of the last moments."""
        earlier = [memory for at, memory in self._kept if at <= self.now - back]
        self.memory = earlier[-1] if earlier else ChatMemory()

    def read_by(self, when: float, looked: float) -> list[str]:
        """Name what a bare word may be about that is written by somebody who had read so far; the newest first.

        Answers are read until `looked`: they come while the chat is open. Who has read a question last answers that.
        """
        read = [seen for seen in self.phone if seen.at <= (max(when, looked) if seen.is_question else when)]
        ended = {seen.about for seen in read if not seen.asks} | (self._taken_back - set(self.asked_at))
        if read and read[-1].is_question and read[-1].about not in ended:
            return [read[-1].about]
        return list(dict.fromkeys(seen.about for seen in reversed(read) if seen.asks and seen.about not in ended))

    def asked_back_between(self, first: float, last: float) -> bool:
        """Whether a question came in: who has read it answers it."""
        return any(first <= seen.at <= last for seen in self.phone if seen.is_question)

    def word(  # what can differ between two words
        self, key: str, outcome: Outcome, *, meant: str | None, written: float, is_dated: bool, missed_at: float | None
    ) -> None:
        """Take a word now; `missed_at` is when it came first, and Temporal was away."""
        first = moment(missed_at) if missed_at is not None else None
        if first:
            self.memory = self.memory.miss(key, first)
        now = moment(self.now)
        recollection = Recollection((self.memory,), now)
        at = bare_word_rule.written_at(recollection, key, now, moment(written) if is_dated else None)
        candidate_id = bare_word_rule.meant(recollection, outcome, at)
        asked = [id_ for id_ in self._found() if id_ != candidate_id]
        if candidate_id and not asked and candidate_id in self.asked_at and candidate_id not in self.decided:
            self.heard.append(Heard(meant, candidate_id))
            self.verdict(key, candidate_id, outcome)
        else:
            self._ask_back(key, meant, recollection.untold)

    def verdict(self, key: str, id_: str, outcome: Outcome) -> None:
        """Take a verdict that is understood: a bare one, or one that names or quotes."""
        if id_ not in self.decided:
            self._decide(id_)
        self.own_verdicts.append((self.now, id_, outcome))
        self.memory = self.memory.say(f"answer/{key}", Subject(id_, Telling.END), moment(self.now))
        self.memory = self.memory.judge(outcome, id_, moment(self.now))
        self.at(self.now + 0.5, lambda: self._show(id_, asks=False))

    def _ask_back(self, key: str, meant: str | None, untold: list[str]) -> None:
        named = list(dict.fromkeys([*untold, *self._found()]))
        open_ids = [id_ for id_ in named if id_ not in self.decided]
        ended = tuple(id_ for id_ in untold if id_ in self.decided)
        self.heard.append(Heard(meant, None))
        subject = Subject(open_ids[0], Telling.ANSWER, ended) if len(open_ids) == 1 else None
        self.memory = self.memory.say(f"answer/{key}", subject, moment(self.now))
        if subject:
            self.at(self.now + 0.5, lambda: self._show_question(subject))

    def _found(self) -> list[str]:
        """Search: what was asked and undecided so long ago."""
        then = self.now - self.lag
        asked = [id_ for id_, at in self.asked_at.items() if at <= then]
        return [id_ for id_ in asked if self._hidden.get(id_, self.now + 1) > then]

    def _decide(self, id_: str) -> None:
        self.decided.add(id_)
        self._hidden[id_] = self.now

    def _ask(self, id_: str) -> None:
        self.asked_at[id_] = self.now

    def _reported(self, key: str, *, is_failure: bool) -> ChatMemory:
        return self.memory.take_back(key) if is_failure else self.memory.arrive(key, None, moment(self.now))

    def _set(self, memory: ChatMemory) -> None:
        self.memory = memory

    def _show_question(self, subject: Subject) -> None:
        self.phone += [Seen(self.now, id_, asks=False, is_question=True) for id_ in subject.ended]
        self.phone.append(Seen(self.now, subject.candidate_id, asks=True, is_question=True))

    def _show(self, id_: str, *, asks: bool) -> None:
        self.phone.append(Seen(self.now, id_, asks))
