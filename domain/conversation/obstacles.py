"""Why a message of an owner can decide nothing, whatever its words are."""

from enum import StrEnum

from domain.conversation import tapbacks

_TEXT_MESSAGES = {"sms", "rcs"}
_ATTACHMENT_MARK = "\ufffc"
"""What iMessage leaves in a text where an attachment was."""


class Obstacle(StrEnum):
    TEXT_MESSAGE = "text_message"
    """SMS or RCS, whose sender anybody can forge."""
    REACTION = "reaction"
    """A tapback: it does not say which draft it is about."""
    NO_TEXT = "no_text"
    """A picture, a voice note, a sticker, with or without words beside it."""


def obstacle(text: str | None, *, service: str, is_reaction: bool, has_attachment: bool) -> Obstacle | None:
    """Finds what keeps an iMessage from deciding; None if its words count. `service` is empty where none is known."""
    if service.lower() in _TEXT_MESSAGES:
        return Obstacle.TEXT_MESSAGE
    if is_reaction or tapbacks.is_tapback(text or ""):
        return Obstacle.REACTION
    if has_attachment or not (text or "").replace(_ATTACHMENT_MARK, "").strip():
        return Obstacle.NO_TEXT
    return None
