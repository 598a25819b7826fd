"""Owners' answers to a prompt: words, numbers, ids, thumbs, and many that decide nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

from domain.conversation.numbers import number_of
from tests.chaos.ledger import Posted, Said

_YES = ("yes", "Yes please", "post it", "yep", "approve", "👍")
_NO = ("no", "skip it", "nope", "Skip", "👎")
_YES_TO_ONE = ("yes {number}", "{number} yes", "Yep {number}", "post {number}", "Approve {number}.", "👍 {number}")
_NO_TO_ONE = ("no {number}", "{number} no", "Nope {number}", "skip {number}", "skip {number} please")
_NOTES = ("too salesy", "shorter, no emoji")

_TIME_TO_READ = 5.5
"""Seconds from a prompt to a bare word that is late enough to decide without a question."""


@dataclass(frozen=True)
class ReplyKind:
    """A way to answer: texts by the outcome that they mean, or by "" if they decide nothing."""

    weight: int
    texts: Mapping[str, Sequence[str]]
    names: bool = True
    quotes: bool = False
    may_be_asked_about: bool = False
    wants_to_see: bool = False


def _nothing(weight: int, *texts: str) -> ReplyKind:
    return ReplyKind(weight, {"": texts}, names=False)


KINDS = {
    "by id": ReplyKind(10, {"approved": ("approve {id}",)}),
    "skip by id": ReplyKind(5, {"rejected": ("skip {id}", "Reject {id}")}),
    "edit": ReplyKind(11, {"edited": ("edit {id}: {text}", "edit {number}: {text}")}),
    "by number": ReplyKind(22, {"approved": _YES_TO_ONE, "rejected": _NO_TO_ONE}),
    "note": ReplyKind(7, {"rejected": ("skip {number}: {note}", "redo {number}: {note}")}),
    "several": ReplyKind(8, {"approved": ("yes {number} {other}",), "rejected": ("skip {number} {other}",)}),
    "bare": ReplyKind(14, {"approved": _YES, "rejected": _NO}, names=False),
    "bare note": ReplyKind(2, {"rejected": ("redo: {note}",)}, names=False),
    "held": ReplyKind(6, {"approved": _YES, "rejected": _NO}, names=False),
    "quote": ReplyKind(6, {"approved": (*_YES, "great"), "rejected": _NO}, quotes=True, may_be_asked_about=True),
    "tapback": ReplyKind(
        6, {"approved": ("Liked “{line}”",), "rejected": ("Disliked “{line}”",)}, may_be_asked_about=True
    ),
    "late": ReplyKind(6, {"approved": ("approve {id}",)}),
    "more": ReplyKind(2, {"": ("more",)}, names=False, wants_to_see=True),
    "show": ReplyKind(2, {"": ("show {number}",)}, wants_to_see=True),
    "list": _nothing(2, "list"),
    "unknown": _nothing(3, "approve {id}x"),
    "acknowledgement": _nothing(3, "ok", "great"),
    "hedge": _nothing(3, "yes but shorter", "yes, but later", "not now"),
    "thanks": _nothing(2, "thanks", "Thank you!"),
    "auto-reply": _nothing(3, "I'm driving right now, I'll get back to you", "I am away until Monday."),
    "unclear": _nothing(3, "edit", "what is that?", "approve all"),
    "silence": _nothing(4, ""),
    "change of mind": ReplyKind(0, {"rejected": ("skip {id}",)}),
    "answer to a question": ReplyKind(0, {"approved": _YES, "rejected": _NO}, names=False),
    "other owner": ReplyKind(0, {"approved": ("approve {id}",)}),
    "stranger": ReplyKind(0, {"approved": ("approve {id}", "yes")}),
}
"""Kinds with weight 0 do not answer a prompt, or are written by somebody else."""


@dataclass(frozen=True)
class Seen:
    """A prompt on a phone; `others` are the ids of the chat's other prompts, the newest last."""

    posted: Posted
    channel: str
    sender: str
    message: Mapping[str, Any]
    others: Sequence[str] = ()


def own_answers(dice: Random, seen: Seen) -> list[Said]:
    """Returns an owner's answers to a prompt; a second mostly follows one that decides nothing."""
    first = _answer(dice, seen)
    if first is None:
        return []
    if first.verdict or dice.random() < 0.25:
        return [first]
    second = said(dice, "by number" if dice.random() < 0.5 else "bare", seen)
    second.delay += first.delay
    return [first, second]


def _answer(dice: Random, seen: Seen) -> Said | None:
    kind = dice.choices(list(KINDS), weights=[kind.weight for kind in KINDS.values()])[0]
    if (kind == "quote" and seen.channel != "whatsapp") or (kind == "tapback" and seen.channel != "imessage"):
        kind = "bare"
    if kind == "several" and not seen.others:
        kind = "by number"
    return None if kind == "silence" else said(dice, kind, seen)


def said(dice: Random, name: str, seen: Seen) -> Said:
    """Returns one message; a bare word is mostly late enough for its prompt to have been read."""
    kind, unique, note = KINDS[name], UUID(int=dice.getrandbits(128)), dice.choice(_NOTES)
    outcome = dice.choices(list(kind.texts), weights=[3, 2][: len(kind.texts)])[0]
    form, text = dice.choice(kind.texts[outcome]), f"Better {unique.hex[:8]},\nsays the owner"
    others = seen.others[-1:] if name == "several" else ()
    is_bare = bool(outcome) and not kind.names
    needs_time = name == "held" or (is_bare and dice.random() < 0.8)
    content = {"edited": text, "rejected": note if "{note}" in form else None}.get(outcome)
    return Said(
        message_id=f"SM{unique.hex}" if seen.channel == "whatsapp" else str(unique).upper(),
        channel=seen.channel,
        sender=seen.sender,
        text=_filled(form, seen, text, note),
        kind=name,
        delay=dice.uniform(0.2, 6) + (_TIME_TO_READ if needs_time else 0),
        about=(seen.posted.id, *others) if kind.names else (),
        verdict=(outcome, content) if outcome else None,
        quoted=seen.message["id"] if kind.quotes else None,
        may_be_asked_about=kind.may_be_asked_about,
        wants_to_see=kind.wants_to_see,
        held=dice.uniform(4, 20) if name == "held" else 0,
    )


def _filled(form: str, seen: Seen, text: str, note: str) -> str:
    return form.format(
        id=seen.posted.id,
        number=number_of(seen.posted.id),
        other=number_of(seen.others[-1]) if seen.others else "",
        line=seen.message["text"].split("\n", 1)[0],
        text=text,
        note=note,
    )
