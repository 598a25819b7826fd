"""An answer as its messages: each fits its channel, and shows every character that it has."""

from dataclasses import replace

from domain.channels import Channel
from domain.writing.dressing import dressed_messages
from engine.replies.understanding import Understanding


def laid_out(understood: Understanding, channel: Channel) -> Understanding:
    """Dress an answer for its channel, and split it where it is too long; what follows it is dressed already."""
    first, *rest = dressed_messages(understood.answer, channel)
    return replace(understood, answer=first, more=(*rest, *understood.more))
