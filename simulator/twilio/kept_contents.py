"""The contents of the account, and WhatsApp's approval of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

from simulator.twilio.content import PostedContent
from simulator.twilio.states import TwilioStates

UNSUBMITTED, APPROVED = "unsubmitted", "approved"
_NEXT = {"received": "pending", "pending": APPROVED}


@dataclass
class KeptContent:
    """A content with its sid, and the name and category under which it was submitted."""

    sid: str
    content: PostedContent
    name: str = ""
    category: str = ""
    approval: str = UNSUBMITTED


class KeptContents:
    """The contents from the start, whose sids never change, and those that were created later."""

    def __init__(
        self, states: TwilioStates, contents: Sequence[PostedContent], templates: Sequence[PostedContent]
    ) -> None:
        self._states = states
        self._given = [KeptContent(content.sid, content) for content in contents]
        self._given += [
            KeptContent(template.sid, template, template.friendly_name, "UTILITY", APPROVED) for template in templates
        ]
        self.reset()

    def reset(self) -> None:
        self.all = [replace(given) for given in self._given]

    def find(self, sid: str) -> KeptContent | None:
        return next((kept for kept in self.all if kept.sid == sid), None)

    def add(self, content: PostedContent) -> KeptContent:
        """Adds a content, even if another has the same name."""
        kept = KeptContent(f"HX{uuid4().hex}", content)
        self.all.insert(0, kept)
        return kept

    def submit(self, kept: KeptContent, name: str, category: str) -> None:
        kept.name, kept.category, kept.approval = name, category, "received"

    def is_template(self, kept: KeptContent) -> bool:
        """Returns whether WhatsApp has approved it as a template, which needs no open window."""
        return self.approval(kept) == APPROVED

    def approval(self, kept: KeptContent) -> str:
        told = self._states.current.approval
        return kept.approval if kept.approval == UNSUBMITTED or told is None else told

    def review(self, kept: KeptContent) -> None:
        """Moves the approval on: a submitted content is approved after two looks at it."""
        kept.approval = _NEXT.get(kept.approval, kept.approval)
