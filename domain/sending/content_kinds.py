"""The WhatsApp messages with buttons: which there are, what fills them, and how long they may get.

Their bodies and buttons are docs/whatsapp/candidate_<kind>.json. WhatsApp takes no line break, no tab, no gap of more
than four spaces and no empty text in a variable.
"""

from dataclasses import dataclass
from enum import StrEnum


class ContentKind(StrEnum):
    WHOLE = "whole"
    """The approved template with the whole draft. Buttons: Approve, Skip, Edit.

    Variables: brand, platform and number; the draft in one line; the candidate's id; until when; what the draft answers
    and risks. Candidates of earlier rules fill it, too: their number, order and meaning stay.
    """
    CUT = "cut"
    """The approved template with the beginning of a long draft. Buttons: Read all, Skip. Variables: as WHOLE's."""
    SESSION = "session"
    """The whole prompt in one message, within the 24 hours alone. Buttons and variables: as WHOLE's."""
    BUTTONS = "buttons"
    """One line with WHOLE's buttons, within the 24 hours alone; a prompt of text goes before it.

    Variables: number and first words; the candidate's id.
    """

    @property
    def is_template(self) -> bool:
        """Whether WhatsApp must approve it, and delivers it outside the 24 hours, too."""
        return self in {ContentKind.WHOLE, ContentKind.CUT}


@dataclass(frozen=True)
class Content:
    """A message with buttons, by its kind; `variables` are the values of {{1}}, {{2}} and so on."""

    kind: ContentKind
    variables: tuple[str, ...]


LONGEST = 1024
"""UTF-16 units of a body with its variables in place."""

LONGEST_FIXED = {
    ContentKind.WHOLE: 240,
    ContentKind.CUT: 240,
    ContentKind.SESSION: 160,
    ContentKind.BUTTONS: 40,
}
"""At most so many of them are the body's own, also in what an earlier release had approved; the rest is for values."""
