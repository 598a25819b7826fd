"""The contents of the account, and what WhatsApp makes of those that were submitted to it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

from simulator.twilio.content import Content
from simulator.twilio.standing import Standings

UNSUBMITTED, APPROVED = "unsubmitted", "approved"
_NEXT = {"received": "pending", "pending": APPROVED}


@dataclass
class KeptContent:
    """A content with its sid, and with the name and category under which WhatsApp was asked to approve it."""

    sid: str
    content: Content
    name: str = ""
    category: str = ""
    approval: str = UNSUBMITTED


class KeptContents:
    """What is there from the start, by sids that never change, and what was made since."""

    def __init__(self, standings: Standings, contents: Sequence[Content], templates: Sequence[Content]) -> None:
        self._standings = standings
        self._given = [KeptContent(content.sid, content) for content in contents]
        self._given += [
            KeptContent(template.sid, template, template.friendly_name, "UTILITY", APPROVED) for template in templates
        ]
        self.reset()

    def reset(self) -> None:
        self.all = [replace(given) for given in self._given]

    def find(self, sid: str) -> KeptContent | None:
        return next((kept for kept in self.all if kept.sid == sid), None)

    def add(self, content: Content) -> KeptContent:
        """Keep another one, whether or not there is one of the same name."""
        kept = KeptContent(f"HX{uuid4().hex}", content)
        self.all.insert(0, kept)
        return kept

    def submit(self, kept: KeptContent, name: str, category: str) -> None:
        kept.name, kept.category, kept.approval = name, category, "received"

    def is_template(self, kept: KeptContent) -> bool:
        """Whether WhatsApp shows it as an approved template, which needs no open window."""
        return self.approval(kept) == APPROVED

    def approval(self, kept: KeptContent) -> str:
        told = self._standings.current.approval
        return kept.approval if kept.approval == UNSUBMITTED or told is None else told

    def review(self, kept: KeptContent) -> None:
        """Let WhatsApp go on with what was submitted: it is done when somebody has looked twice."""
        kept.approval = _NEXT.get(kept.approval, kept.approval)
