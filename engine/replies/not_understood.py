"""Why an owner's message decided nothing, although it was no request and not too late."""

from enum import StrEnum

from domain.conversation.subjects import Telling
from domain.reading.owners_message import Obstacle, OwnersMessage
from domain.reading.requests import All, Decide, DecideEach, Hedge, Kind, Misspelt, UnclearEdit, Unsure
from engine.replies.understanding import Understanding


class Misunderstanding(StrEnum):
    UNKNOWN_WORDS = "unknown_words"
    """No known word."""
    NEW_TEXT = "new_text"
    """A text without a clear `edit:`; the owner is asked whether it should replace the draft."""
    WHICH_ONE = "which_one"
    """A verdict on no clear draft: several are open or none, or what it names is none of them."""
    ACKNOWLEDGEMENT = "acknowledgement"
    HEDGE = "hedge"
    UNSURE = "unsure"
    MISSPELT = "misspelt"
    TEXT_MESSAGE = "text_message"
    """SMS or RCS, whose words do not count."""
    REACTION = "reaction"
    """A reaction that is no thumb, or that names no draft."""
    NO_TEXT = "no_text"
    """A picture, a voice note, a sticker."""


_OBSTACLES = {
    Obstacle.TEXT_MESSAGE: Misunderstanding.TEXT_MESSAGE,
    Obstacle.REACTION: Misunderstanding.REACTION,
    Obstacle.NO_TEXT: Misunderstanding.NO_TEXT,
}

_COMMANDS: dict[type, Misunderstanding] = {
    Decide: Misunderstanding.WHICH_ONE,
    DecideEach: Misunderstanding.WHICH_ONE,
    All: Misunderstanding.WHICH_ONE,
    UnclearEdit: Misunderstanding.NEW_TEXT,
    Hedge: Misunderstanding.HEDGE,
    Unsure: Misunderstanding.UNSURE,
    Misspelt: Misunderstanding.MISSPELT,
}
"""All other commands ask for something, or need no answer."""


def not_understood(message: OwnersMessage, understood: Understanding) -> Misunderstanding | None:
    """Returns why an answered message decided nothing.

    Returns None if it decided, asked for something, or got no answer. Returns None also if its one
    draft is over, was not shown whole in the chat, or cannot be changed to that text.
    """
    if understood.verdict or understood.is_silent or understood.opts_out or understood.shows:
        return None
    if understood.proposed is not None:
        return Misunderstanding.NEW_TEXT
    if understood.subject and understood.subject.telling is Telling.END:
        return None
    if message.obstacle:
        return None if understood.candidate_id else _OBSTACLES[message.obstacle]
    return _by_command(message, names_one=understood.candidate_id is not None)


def _by_command(message: OwnersMessage, *, names_one: bool) -> Misunderstanding | None:
    command = message.command
    if command is None:
        return None if message.consent else Misunderstanding.UNKNOWN_WORDS
    if isinstance(command, Decide | DecideEach) and names_one:
        return None
    if isinstance(command, Decide) and command.kind is Kind.ACKNOWLEDGEMENT:
        return Misunderstanding.ACKNOWLEDGEMENT
    if isinstance(command, Hedge) and command.is_later:
        return None
    return _COMMANDS.get(type(command))
