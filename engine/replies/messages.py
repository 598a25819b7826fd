"""Lays out an answer as messages that fit the channel and show each of its characters."""

from dataclasses import replace

from domain.channels import Channel
from domain.writing.fitting import fitted_messages
from engine.replies.understanding import Understanding


def laid_out(understood: Understanding, channel: Channel) -> Understanding:
    """Fits an answer to its channel and splits it if it is long; `more` is fitted already."""
    first, *rest = fitted_messages(understood.answer, channel)
    return replace(understood, answer=first, more=(*rest, *understood.more))
