"""What a message that Twilio accepted says, and whether WhatsApp will show it."""

from dataclasses import dataclass, field

from simulator.twilio import form
from simulator.twilio.content import Content
from simulator.twilio.errors import TwilioError
from simulator.twilio.window import OUTSIDE_WINDOW, Windows
from simulator.world import Button


@dataclass(frozen=True)
class Written:
    text: str
    buttons: list[Button] = field(default_factory=list)
    failure: int | None = None  # the code that the status callback will bring


@dataclass(frozen=True)
class Writer:
    """Writes messages out, freely or by the template."""

    content: Content | None
    windows: Windows

    def written(self, fields: dict[str, str]) -> Written:
        """Return a message, or raise what Twilio would answer; a template needs no open window."""
        if "ContentSid" not in fields:
            is_open = self.windows.is_open(fields["To"])
            return Written(fields.get("Body") or "[media]", failure=None if is_open else OUTSIDE_WINDOW)
        if self.content is None or fields["ContentSid"] != self.content.sid:
            raise TwilioError(21655, f"The ContentSid {fields['ContentSid']} is invalid")
        values = form.content_variables(fields)
        return Written(self.content.body(values), self.content.buttons(values), self.content.failure(values))

    def preview(self, fields: dict[str, str]) -> str:
        """Return the text of a request that may yet be refused."""
        try:
            return self.written(fields).text if "ContentSid" in fields else fields.get("Body", "")
        except TwilioError:
            return fields.get("Body", "")
