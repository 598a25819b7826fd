"""Which answers say the same: of those that wait in a chat to be sent, only the newest is still wanted.

An owner who asks the same twice wants to know how things stand now.
"""

import hashlib

from domain.conversation.subjects import Telling
from domain.reading.owners_message import Obstacle, OwnersMessage
from domain.reading.requests import Decide
from engine.replies.understanding import Understanding

_DIGITS = 16


def topic(message: OwnersMessage, understood: Understanding) -> str | None:
    """Name the topic of an answer that decides nothing; None for one that no other stands in for."""
    if understood.opts_out or understood.shows:
        return None
    if understood.proposed is not None:
        return _short("proposal", understood.candidate_id)
    if message.quoted_id is None and _is_bare(message):
        return "bare"
    reaction = message.text if message.obstacle is Obstacle.REACTION else None
    return _short(message.command, message.quoted_id, message.obstacle, reaction)


def while_open(understood: Understanding) -> str | None:
    """Name the candidate that an answer asks about: once that is decided, its receipt says all there is to say."""
    subject = understood.subject
    if understood.shows or subject is None:
        return understood.offers
    return subject.candidate_id if subject.telling in {Telling.ANSWER, Telling.PROPOSAL} else None


def _is_bare(message: OwnersMessage) -> bool:
    """Whether it is a yes, a no or an `ok`, and no more: the answers to all three ask back in the same way."""
    command = message.command
    return isinstance(command, Decide) and not (command.names or command.verdict.text or command.verdict.note)


def _short(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:_DIGITS]
