"""The kinds of WhatsApp messages with buttons: their variables and their limits.

Their bodies and buttons are in docs/whatsapp/candidate_<kind>.json. In a variable, WhatsApp accepts
no line break, no tab, no gap of more than four spaces, and no empty text.
"""

from dataclasses import dataclass
from enum import StrEnum


class ContentKind(StrEnum):
    WHOLE = "whole"
    """The approved template with the whole draft. Buttons: Approve, Skip, Edit.

    Variables: brand, platform and number; the draft in one line; the candidate's id; the deadline;
    what the draft answers, and its risks. Candidates of earlier rules fill it too, so the number,
    order and meaning of the variables stay.
    """
    CUT = "cut"
    """The approved template with the beginning of a long draft. Buttons: Read all, Skip. Variables:
    as for WHOLE."""
    SESSION = "session"
    """The whole prompt in one message, only within the 24 hours. Buttons and variables: as for
    WHOLE."""
    BUTTONS = "buttons"
    """One line with WHOLE's buttons, only within the 24 hours; a prompt of text goes before it.

    Variables: number and first words; the candidate's id.
    """

    @property
    def is_template(self) -> bool:
        """Whether WhatsApp must approve it, and then delivers it outside the 24 hours too."""
        return self in {ContentKind.WHOLE, ContentKind.CUT}


@dataclass(frozen=True)
class Content:
    """A message with buttons; `variables` are the values of {{1}}, {{2}} and so on."""

    kind: ContentKind
    variables: tuple[str, ...]


LONGEST = 1024
"""UTF-16 units of a body with its variables filled in."""

LONGEST_FIXED = {
    ContentKind.WHOLE: 240,
    ContentKind.CUT: 240,
    ContentKind.SESSION: 160,
    ContentKind.BUTTONS: 40,
}
"""UTF-16 units that are reserved for the body's own text; the rest is for the variables. Bodies
that an earlier release had approved fit too."""
