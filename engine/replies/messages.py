"""Lays out an answer as messages that fit the channel and show each of its characters."""

from dataclasses import replace

from domain.channels import Channel
from domain.writing.dressing import dressed_messages
from engine.replies.understanding import Understanding


def laid_out(understood: Understanding, channel: Channel) -> Understanding:
    """Dresses an answer for its channel and splits it if it is long; `more` is dressed already."""
    first, *rest = dressed_messages(understood.answer, channel)
    return replace(understood, answer=first, more=(*rest, *understood.more))
