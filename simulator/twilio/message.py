"""The text of a message that Twilio accepted, and whether WhatsApp will show it."""

from dataclasses import dataclass, field

from simulator.answering.undeliverable import Undeliverable
from simulator.twilio import form
from simulator.twilio.errors import TwilioError
from simulator.twilio.kept_contents import KeptContents
from simulator.twilio.window import OUTSIDE_WINDOW, Windows
from simulator.world import Button


@dataclass(frozen=True)
class Written:
    """`failure` is the code of the status report; `is_template` means approved by WhatsApp."""

    text: str
    buttons: list[Button] = field(default_factory=list)
    failure: int | None = None
    is_template: bool = False


@dataclass(frozen=True)
class Writer:
    """Turns requests into messages, from a Body or a content."""

    contents: KeptContents
    windows: Windows
    undeliverable: Undeliverable

    def written(self, fields: dict[str, str]) -> Written:
        """Returns a message, or raises Twilio's error.

        Only an approved template needs no open window.
        """
        outside = None if self.windows.is_open(fields["To"]) else OUTSIDE_WINDOW
        if "ContentSid" not in fields:
            return Written(fields.get("Body") or "[media]", failure=outside)
        kept = self.contents.find(fields["ContentSid"])
        if kept is None:
            raise TwilioError(21655, f"The ContentSid {fields['ContentSid']} is invalid")
        values, content = form.content_variables(fields), kept.content
        content.check(values)
        is_template = self.contents.is_template(kept)
        failure = content.failure(values) or (None if is_template else outside)
        return Written(content.body(values), content.buttons(values), failure, is_template)

    def preview(self, fields: dict[str, str]) -> str:
        """Returns the text of a request that has not been checked."""
        try:
            return self.written(fields).text if "ContentSid" in fields else fields.get("Body", "")
        except TwilioError:
            return fields.get("Body", "")
