"""Decides which answers say the same: of those that wait in a chat, only the newest is sent.

An owner who asks the same twice wants to know how things are now.
"""

import hashlib

from domain.conversation.subjects import Telling
from domain.reading.owners_message import Obstacle, OwnersMessage
from domain.reading.requests import Decide
from engine.replies.understanding import Understanding

_DIGITS = 16


def topic(message: OwnersMessage, understood: Understanding) -> str | None:
    """Returns the topic of an answer that decides nothing; None if no other can replace it."""
    if understood.opts_out or understood.shows:
        return None
    if understood.proposed is not None:
        return _short("proposal", understood.candidate_id)
    if message.quoted_id is None and _is_bare(message):
        return "bare"
    reaction = message.text if message.obstacle is Obstacle.REACTION else None
    return _short(message.command, message.quoted_id, message.obstacle, reaction)


def while_open(understood: Understanding) -> str | None:
    """Returns the candidate that an answer asks about; its receipt makes the answer superfluous."""
    subject = understood.subject
    if understood.shows or subject is None:
        return understood.offers
    return subject.candidate_id if subject.telling in {Telling.ANSWER, Telling.PROPOSAL} else None


def _is_bare(message: OwnersMessage) -> bool:
    """Returns whether it is only a yes, a no or an `ok`; all three get the same question."""
    command = message.command
    return isinstance(command, Decide) and not (command.names or command.verdict.text or command.verdict.note)


def _short(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:_DIGITS]
