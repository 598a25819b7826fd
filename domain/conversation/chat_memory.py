"""What a chat remembers of our messages: the candidates shown and ended, and the last subject.

Every moment is by one clock, that of Redis. A memory can be lost at any time; bare words are then
asked about.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from domain.candidate import LONGEST_DEADLINE
from domain.conversation.subjects import Subject, Telling
from domain.decision import Outcome
from domain.identifiers import is_prompt_key

_FORGOTTEN_AFTER = LONGEST_DEADLINE + timedelta(days=1)
"""No candidate lives this long, so older memories of one have no use."""

_BRAKED_FOR = timedelta(minutes=10)

_MOST_UNHEARD = 50
_MOST_BUTTONS = 50


class Brake(StrEnum):
    """Keeps the gateway and somebody's robot from answering each other forever."""

    UNKNOWN_WORDS = "unknown_words"
    """Answers to texts without a known word."""
    QUESTIONS = "questions"
    """Answers to known words that decided nothing, and to what cannot decide, such as a reaction.
    """

    @property
    def most(self) -> int:
        """The number of answers of this kind that a chat gets within ten minutes."""
        return {"unknown_words": 5, "questions": 20}[self]


@dataclass(frozen=True)
class Shown:
    """A message that shows a candidate, or a part of it.

    `arrived_at` is None until something proves that it arrived. `ended` are the candidates that it
    replaces: once it has arrived, the chat knows of their end.
    """

    candidate_id: str
    telling: Telling
    began_at: datetime
    arrived_at: datetime | None = None
    ended: tuple[str, ...] = ()


@dataclass(frozen=True)
class LastMessage:
    """Our last message in a chat; without a subject, it is about no candidate."""

    key: str
    began_at: datetime
    subject: Subject | None = None
    arrived_at: datetime | None = None

    @property
    def candidate_id(self) -> str | None:
        return self.subject.candidate_id if self.subject else None

    @property
    def is_answer(self) -> bool:
        """Whether it answers the owner's own words, and names one candidate as open."""
        return self.subject is not None and self.subject.telling is Telling.ANSWER

    @property
    def is_proposal(self) -> bool:
        """Whether it asks if a text of the owner's is meant to replace a draft."""
        return self.subject is not None and self.subject.telling is Telling.PROPOSAL

    @property
    def is_prompt(self) -> bool:
        return self.subject is not None and self.subject.telling in {Telling.PART, Telling.WHOLE}

    @property
    def is_buttons(self) -> bool:
        """Whether it has the buttons of a prompt, and shows nothing of the draft."""
        return self.is_prompt and not is_prompt_key(self.key)


@dataclass(frozen=True)
class OwnVerdict:
    """The last verdict of the chat's person; `candidate_id` is None if it is not remembered."""

    outcome: Outcome
    at: datetime
    candidate_id: str | None = None


@dataclass(frozen=True)
class CountedAnswer:
    """An answer that counts towards a brake; `key` is the key of the answered message."""

    key: str
    brake: Brake
    at: datetime


@dataclass(frozen=True)
class ChatMemory:
    """The memory of one chat.

    `shown` is by the message's key, without candidates whose end the chat was told. `before` was
    the last message when the present one began: it is the last again if that does not go out.
    `unheard` contains, by key, when the newest messages that could not be accepted first arrived.
    `heard_at` is when the last accepted message arrived: a provider can limit sends by the time
    since then. `buttons` contains the candidates of the newest messages that have only buttons, by
    the provider's ids of these, because no search finds them.
    """

    shown: Mapping[str, Shown] = field(default_factory=dict)
    last: LastMessage | None = None
    before: LastMessage | None = None
    verdict: OwnVerdict | None = None
    answers: tuple[CountedAnswer, ...] = ()
    unheard: Mapping[str, datetime] = field(default_factory=dict)
    heard_at: datetime | None = None
    buttons: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nobody was ever asked here, as far as is remembered."""
        return not (self.last or self.verdict or self.shown)

    @property
    def last_that_counts(self) -> LastMessage | None:
        """Our last message; buttons that might not have arrived do not count.

        They do count if the message before them is about another candidate, or proposes a text.
        """
        last, before = self.last, self.before
        if last is None or before is None or last.arrived_at or not last.is_buttons or before.is_proposal:
            return last
        return before if before.candidate_id == last.candidate_id else last

    def begin(self, key: str, subject: Subject | None, now: datetime) -> Self:
        """Records that a message is about to be sent; from now on it can arrive at any moment."""
        began = self._begun(LastMessage(key, now, subject))
        if subject is None or subject.telling not in {Telling.PART, Telling.WHOLE}:
            return began
        recent = {k: s for k, s in self.shown.items() if now - s.began_at < _FORGOTTEN_AFTER}
        return replace(
            began, shown={**recent, key: Shown(subject.candidate_id, subject.telling, now, ended=subject.ended)}
        )

    def arrive(self, key: str, subject: Subject | None, now: datetime, message_id: str | None = None) -> Self:
        """Records that a message arrived; only the first proof counts.

        A message that never began is not recorded.
        """
        memory = self._told(subject)
        if message_id and subject and subject.telling is Telling.PART and not is_prompt_key(key):
            newest = list({**memory.buttons, message_id: subject.candidate_id}.items())[-_MOST_BUTTONS:]
            memory = replace(memory, buttons=dict(newest))
        if (shown := memory.shown.get(key)) and shown.arrived_at is None:
            known = _without(memory.shown, shown.ended)
            memory = replace(memory, shown={**known, key: replace(shown, arrived_at=now)})
        return replace(memory, last=_arrived(self.last, key, now), before=_arrived(self.before, key, now))

    def take_back(self, key: str) -> Self:
        """Records that a message certainly did not arrive; the one before it is the last again."""
        shown = {k: s for k, s in self.shown.items() if k != key}
        if self.last and self.last.key == key:
            return replace(self, shown=shown, last=self.before, before=None)
        is_before = self.before and self.before.key == key
        return replace(self, shown=shown, before=None if is_before else self.before)

    def say(self, key: str, subject: Subject | None, now: datetime) -> Self:
        """Records an answer that reaches the chat in the response to the owner's own message.

        A question that is asked again keeps its age, unless a prompt arrived after it. So an owner
        who answers it every second is understood in the end.
        """
        shown = self._told(subject).shown
        is_question = self.last is not None and (self.last.is_answer or self.last.is_proposal)
        if self.last and is_question and self.last.subject == subject and self._is_latest(self.last):
            return replace(self, shown=shown, heard_at=now)
        return replace(self._begun(LastMessage(key, now, subject, now)), shown=shown, heard_at=now)

    def hear(self, now: datetime) -> Self:
        """Records that a message of the chat's person arrived."""
        return replace(self, heard_at=now)

    def judge(self, outcome: Outcome, candidate_id: str | None, now: datetime) -> Self:
        """Records the verdict of the chat's person."""
        return replace(self, verdict=OwnVerdict(outcome, now, candidate_id))

    def miss(self, key: str, now: datetime) -> Self:
        """Records a message that could not be accepted.

        Its redelivery keeps the time of its first arrival.
        """
        recent = {k: at for k, at in self.unheard.items() if now - at < _FORGOTTEN_AFTER}
        newest = sorted({**recent, key: recent.get(key, now)}.items(), key=lambda item: item[1])[-_MOST_UNHEARD:]
        return replace(self, unheard=dict(newest))

    def give_answer(self, key: str, brake: Brake, now: datetime) -> Self | None:
        """Counts an answer to a message, once; returns None if the chat had too many recently."""
        recent = tuple(answer for answer in self.answers if now - answer.at < _BRAKED_FOR)
        if any(answer.key == key for answer in recent):
            return self
        if sum(answer.brake is brake for answer in recent) >= brake.most:
            return None
        return replace(self, answers=(*recent, CountedAnswer(key, brake, now)))

    def _begun(self, last: LastMessage) -> Self:
        """Makes a message the last one; a message that begins again keeps the one before it."""
        is_again = self.last is not None and self.last.key == last.key
        return replace(self, last=last, before=self.before if is_again else self.last)

    def _is_latest(self, message: LastMessage) -> bool:
        """Returns whether a message arrived, and no prompt after it."""
        arrivals = [shown.arrived_at for shown in self.shown.values() if shown.arrived_at]
        return message.arrived_at is not None and message.arrived_at >= max(arrivals, default=message.arrived_at)

    def _told(self, subject: Subject | None) -> Self:
        """Forgets the candidates whose end the chat knows."""
        if subject is None:
            return self
        ended = {*subject.ended, *([subject.candidate_id] if subject.telling is Telling.END else [])}
        return replace(self, shown=_without(self.shown, ended))


@dataclass(frozen=True)
class Recollection:
    """The memory of all chats of one person on a channel; `now` is when it was read."""

    chats: tuple[ChatMemory, ...]
    now: datetime

    @property
    def is_empty(self) -> bool:
        """Whether nobody was ever asked in any of the chats."""
        return all(chat.is_empty for chat in self.chats)

    @property
    def shown(self) -> list[tuple[str, Shown]]:
        return [item for chat in self.chats for item in chat.shown.items()]

    @property
    def untold(self) -> list[str]:
        """The candidates that were prompted here, and whose end was not told; the newest first."""
        latest = sorted((s for _, s in self.shown), key=lambda shown: shown.began_at, reverse=True)
        return list(dict.fromkeys(shown.candidate_id for shown in latest))

    @property
    def shown_since_verdict(self) -> list[str]:
        """The untold candidates that were shown here after the last verdict, the newest first."""
        newer = {shown.candidate_id for _, shown in self.shown if self.verdict and shown.began_at > self.verdict.at}
        return [candidate_id for candidate_id in self.untold if candidate_id in newer]

    @property
    def last(self) -> LastMessage | None:
        """Our last message; all addresses of one person are one chat on the phone."""
        latest = max((c for c in self.chats if c.last), key=_last_began, default=None)
        return latest.last_that_counts if latest else None

    @property
    def verdict(self) -> OwnVerdict | None:
        return max((c.verdict for c in self.chats if c.verdict), key=lambda verdict: verdict.at, default=None)

    @property
    def last_ended(self) -> str | None:
        """The candidate whose end the chat was told last, or that its person decided last."""
        last = self.last
        if last and last.subject and last.subject.telling is Telling.END:
            return last.subject.candidate_id
        return self.verdict.candidate_id if self.verdict else None

    @property
    def ended_last(self) -> tuple[str, ...]:
        """The candidates whose end our last message tells.

        A run might not have read yet what ended them.
        """
        subject = self.last.subject if self.last else None
        return (subject.candidate_id, *subject.ended) if subject and subject.telling is Telling.END else ()

    @property
    def mentioned(self) -> list[str]:
        """Every candidate that is remembered in any way, once each."""
        subjects = [m.subject for chat in self.chats for m in (chat.last, chat.before) if m and m.subject]
        told = [id_ for subject in subjects for id_ in (subject.candidate_id, *subject.ended)]
        judged = [chat.verdict.candidate_id for chat in self.chats if chat.verdict]
        return list(dict.fromkeys([*self.untold, *told, *(id_ for id_ in judged if id_)]))

    def with_buttons(self, message_id: str) -> str | None:
        """Returns the candidate whose buttons a message has; `message_id` is the provider's."""
        return next((c.buttons[message_id] for c in self.chats if message_id in c.buttons), None)

    def has_answered(self, key: str) -> bool:
        """Returns whether a message was answered before without deciding anything."""
        return any(answer.key == key for chat in self.chats for answer in chat.answers)

    def is_in_part(self, candidate_id: str) -> bool:
        """Returns whether the chat was shown only a part of the candidate."""
        tellings = {shown.telling for _, shown in self.shown if shown.candidate_id == candidate_id}
        return Telling.PART in tellings and Telling.WHOLE not in tellings

    def first_received(self, key: str) -> datetime | None:
        """Returns when a message that could not be accepted first arrived; None for any other."""
        return min((c.unheard[key] for c in self.chats if key in c.unheard), default=None)

    def whole_since(self, candidate_id: str) -> datetime | None:
        """Returns when the whole candidate had arrived; None without proof.

        Every part that began must have arrived. A part that failed or was forgotten is not
        remembered, so the number of the last part tells how many parts there must be. Buttons are
        no part: the draft is there without them.
        """
        parts: dict[str, list[Shown]] = {}
        for key, shown in self.shown:
            if shown.candidate_id == candidate_id and is_prompt_key(key):
                parts.setdefault(_part_of(key), []).append(shown)
        arrivals = {part: _first_arrival(sends) for part, sends in parts.items()}
        completing = [part for part, sends in parts.items() if any(s.telling is Telling.WHOLE for s in sends)]
        is_whole = any(all(map(arrivals.get, _parts_up_to(part))) for part in completing)
        if not is_whole or not all(arrivals.values()):
            return None
        return max(moment for moment in arrivals.values() if moment)


def _without(shown: Mapping[str, Shown], ended: Collection[str]) -> dict[str, Shown]:
    return {key: each for key, each in shown.items() if each.candidate_id not in ended}


def _last_began(chat: ChatMemory) -> datetime:
    assert chat.last
    return chat.last.began_at


def _arrived(message: LastMessage | None, key: str, now: datetime) -> LastMessage | None:
    """Records the first proof that a message arrived, if it has this key."""
    if message is None or message.key != key or message.arrived_at:
        return message
    return replace(message, arrived_at=now)


def _first_arrival(sends: Sequence[Shown]) -> datetime | None:
    """Returns when the first of a part's sends arrived.

    A cut one does not count if another one shows the part whole.
    """
    whole = [send for send in sends if send.telling is Telling.WHOLE]
    return min((send.arrived_at for send in whole or sends if send.arrived_at), default=None)


def _part_of(key: str) -> str:
    """Returns the key of the part that a message shows, without its repetition.

    `cr_1/prompt/whatsapp/1/2/repeated` is part 2.
    """
    return "/".join(key.split("/")[:5])


def _parts_up_to(part: str) -> list[str]:
    """Returns the keys of the parts that, with this one, make the approver's prompt whole.

    A template is whole without others.
    """
    prompt, _, name = part.rpartition("/")
    return [f"{prompt}/{number}" for number in range(1, int(name) + 1)] if name.isdecimal() else [part]
