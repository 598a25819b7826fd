"""Each chat's memory in Redis: read and replaced as a whole, with Redis's own time.

A memory that another process has changed in between is read again. All keys of a channel share one
cluster hash tag.
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import structlog
from redis.asyncio import Redis
from redis.exceptions import NoScriptError, RedisError

from adapters.redis.failures import unavailable
from domain.candidate import Approver
from domain.conversation.chat_memory import (
    Brake,
    ChatMemory,
    CountedAnswer,
    LastMessage,
    OwnVerdict,
    Recollection,
    Shown,
)
from domain.conversation.subjects import Subject, Telling
from domain.decision import Outcome

log = structlog.get_logger()

_SCRIPT = Path(__file__).with_name("replace_memory.lua").read_text(encoding="utf-8")
_SHA = hashlib.sha1(_SCRIPT.encode(), usedforsecurity=False).hexdigest()
"""The script's name in Redis."""

_KEPT = timedelta(days=90)
"""Counted from the last message. While a memory is kept, its sender is known to have been asked."""

_WINDOW = timedelta(hours=23, minutes=50)
"""A little less than the day after the owner's last message in which WhatsApp accepts free text."""

_PATIENCE_SEC = 1.0
"""How long to wait for a note that can be lost."""

_MOST_COLLISIONS = 50

_Change = Callable[[ChatMemory, datetime], ChatMemory | None]
_T = TypeVar("_T")
_WANTS_TEXT = "wants text"
_ANSWERS_PROMPT = "answers prompt"


class RedisChats:
    """Satisfies the activities' SendNotes, and the engine's ChatMemories and ArrivalNotes."""

    def __init__(self, redis: Redis, on_failure: Callable[[str], None] = lambda _: None) -> None:
        """`on_failure` gets the operation that Redis failed: `read_chat` or `note_chat`."""
        self._redis = redis
        self._on_failure = on_failure

    async def begin(self, chat: Approver, key: str, subject: Subject | None) -> None:
        """Notes that a message is about to be sent; raises RedisUnavailableError."""
        try:
            await self._change(chat, lambda memory, now: memory.begin(key, subject, now))
        except (RedisError, OSError) as error:
            self._on_failure("note_chat")
            raise unavailable(error) from None

    async def arrive(
        self, chat: Approver, key: str, subject: Subject | None = None, message_id: str | None = None
    ) -> None:
        """Notes that a message reached the chat; the note is lost if Redis is away."""
        await self._note(chat, lambda memory, now: memory.arrive(key, subject, now, message_id))

    async def take_back(self, chat: Approver, key: str) -> None:
        """Notes that a message did not reach the chat; the note is lost if Redis is away."""
        await self._note(chat, lambda memory, _: memory.take_back(key))

    async def say(
        self,
        chat: Approver,
        key: str,
        subject: Subject | None,
        outcome: Outcome | None = None,
        candidate_id: str | None = None,
    ) -> bool:
        """Notes an answer in the response to an owner's message, and that message's verdict.

        Returns False if both are lost.
        """

        def said(memory: ChatMemory, now: datetime) -> ChatMemory:
            answered = memory.say(key, subject, now)
            return answered.judge(outcome, candidate_id, now) if outcome else answered

        return await self._note(chat, said) is True

    async def hear(self, chat: Approver, outcome: Outcome | None = None, candidate_id: str | None = None) -> None:
        """Notes that a message arrived from the chat, and its verdict; the note can be lost."""

        def heard(memory: ChatMemory, now: datetime) -> ChatMemory:
            listening = memory.hear(now)
            return listening.judge(outcome, candidate_id, now) if outcome else listening

        await self._note(chat, heard)

    async def is_window_open(self, chat: Approver) -> bool | None:
        """Returns whether the owner wrote within WhatsApp's window; None if unknown."""
        recollection = await self.recall([chat])
        heard_at = recollection and recollection.chats[0].heard_at
        return recollection.now - heard_at < _WINDOW if recollection and heard_at else None

    async def may_answer(self, chat: Approver, key: str, brake: Brake) -> bool:
        """Counts an answer to a message.

        Returns False if the chat had too many lately; True if Redis does not answer.
        """
        return await self._note(chat, lambda memory, now: memory.give_answer(key, brake, now)) is not False

    async def miss(self, chat: Approver, key: str, *, is_owner: bool) -> None:
        """Notes that a message could not be accepted; the note can be lost.

        Nothing is stored for strangers.
        """
        await self._note(chat, lambda memory, now: memory.miss(key, now) if is_owner or not memory.is_empty else None)

    async def recall(self, senders: Sequence[Approver]) -> Recollection | None:
        """Returns the memories of a person's chats, read at one moment; None if Redis is away."""
        return await self._attempt("read_chat", self._read(senders))

    async def _read(self, senders: Sequence[Approver]) -> Recollection:
        *found, now = await self._get(*map(_key, senders))
        return Recollection(tuple(map(_decoded, found)), now)

    async def _note(self, chat: Approver, change: _Change) -> bool | None:
        return await self._attempt("note_chat", self._change(chat, change))

    async def _attempt(self, operation: str, work: Awaitable[_T]) -> _T | None:
        """Waits at most a second for Redis; a note is worth no more."""
        task = asyncio.ensure_future(work)
        await asyncio.wait({task}, timeout=_PATIENCE_SEC)
        if not task.done():
            task.cancel()  # can take as long again, while redis-py closes the unresponsive connection
            reason = "it is too slow"
        elif isinstance(error := task.exception(), RedisError | OSError):
            reason = type(error).__name__
        else:
            return task.result()
        log.warning("chat_not_noted" if operation == "note_chat" else "chat_not_read", reason=reason)
        self._on_failure(operation)
        return None

    async def _change(self, chat: Approver, change: _Change) -> bool:
        """Changes a memory atomically; returns False if `change` declines."""
        key = _key(chat)
        for _ in range(_MOST_COLLISIONS):
            found, now = await self._get(key)
            changed = change(_decoded(found), now)
            if changed is None:
                return False
            if await self._replace(key, found or b"", _encoded(changed)):
                return True
        raise RedisError("a chat's memory changes too fast to be updated")

    async def _get(self, *keys: str) -> list[Any]:
        """Returns the keys' values and the time of reading."""
        async with self._redis.pipeline(transaction=True) as pipeline:
            for key in keys:
                pipeline.get(key)
            pipeline.time()
            *found, (seconds, microseconds) = await pipeline.execute()
        return [*found, datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=microseconds)]

    async def _replace(self, key: str, found: bytes, memory: bytes) -> bool:
        arguments = (key.encode(), found, memory, str(_KEPT // timedelta(milliseconds=1)).encode())
        try:
            return bool(await self._redis.evalsha(_SHA, 1, *arguments))
        except NoScriptError:
            await self._redis.script_load(_SCRIPT)
            return bool(await self._redis.evalsha(_SHA, 1, *arguments))


def _key(chat: Approver) -> str:
    """Returns the key of a chat's memory; the braces mark the cluster's hash tag."""
    return f"chats:{{{chat.channel}}}:memory:{chat.handle}"


def _encoded(memory: ChatMemory) -> bytes:
    last, before, verdict = memory.last, memory.before, memory.verdict
    fields = {
        "shown": {
            key: [s.candidate_id, s.telling, _ms(s.began_at), _ms(s.arrived_at), *([s.ended] if s.ended else [])]
            for key, s in memory.shown.items()
        },
        "last": last and _written(last),
        "before": before and _written(before),
        "verdict": verdict and [verdict.outcome, _ms(verdict.at), verdict.candidate_id],
        "answers": [[answer.key, answer.brake, _ms(answer.at)] for answer in memory.answers],
        "unheard": {key: _ms(at) for key, at in memory.unheard.items()},
        "heard": _ms(memory.heard_at),
        "buttons": dict(memory.buttons),
    }
    return json.dumps({name: value for name, value in fields.items() if value}, separators=(",", ":")).encode()


def _decoded(found: bytes | None) -> ChatMemory:
    """Decodes a memory; one in another version's format counts as lost."""
    try:
        return _read(json.loads(found) if found else {})
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return ChatMemory()


def _read(fields: dict[str, Any]) -> ChatMemory:
    verdict = fields.get("verdict")
    return ChatMemory(
        shown={
            key: Shown(candidate_id, Telling(telling), _required(began), _moment(arrived), *map(tuple, more))
            for key, (candidate_id, telling, began, arrived, *more) in fields.get("shown", {}).items()
        },
        last=_message(fields.get("last")),
        before=_message(fields.get("before")),
        verdict=OwnVerdict(Outcome(verdict[0]), _required(verdict[1]), *verdict[2:]) if verdict else None,
        answers=tuple(CountedAnswer(key, Brake(brake), _required(at)) for key, brake, at in fields.get("answers", [])),
        unheard={key: _required(at) for key, at in fields.get("unheard", {}).items()},
        heard_at=_moment(fields.get("heard")),
        buttons=dict(fields.get("buttons", {})),
    )


def _written(message: LastMessage) -> list[Any]:
    subject = message.subject
    about: list[Any] | None = None
    if subject:
        about = [subject.candidate_id, subject.telling, subject.ended, subject.proposed_by]
        about += [_WANTS_TEXT] if subject.wants_text else []
        about += [_ANSWERS_PROMPT] if subject.answers_prompt else []
    return [message.key, _ms(message.began_at), about, _ms(message.arrived_at)]


def _message(written: Any) -> LastMessage | None:
    if not written:
        return None
    key, began, about, arrived = written
    subject = None
    if about:
        candidate_id, telling, ended, *more = about
        proposed_by = more[0] if more else None
        subject = Subject(
            candidate_id,
            Telling(telling),
            tuple(ended),
            proposed_by,
            wants_text=_WANTS_TEXT in more[1:],
            answers_prompt=_ANSWERS_PROMPT in more[1:],
        )
    return LastMessage(key, _required(began), subject, _moment(arrived))


def _ms(moment: datetime | None) -> int | None:
    return round(moment.timestamp() * 1000) if moment else None


def _moment(ms: int | None) -> datetime | None:
    return None if ms is None else _required(ms)


def _required(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
