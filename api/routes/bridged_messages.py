"""What the sidecar delivered, read as an owner's message: its forms and its SDK's versions say the same differently."""

from dataclasses import dataclass
from datetime import UTC, datetime

from api.schemas import EventMessage, IMessageEvent, PlainIMessage
from domain import identifiers
from domain.candidate import Approver
from domain.channels import Channel
from domain.errors import InvalidAddressError
from domain.moments import certain_moment, moment
from domain.obstacles import Obstacle, obstacle

_NEW_MESSAGE = "new_message"
_LONG_AGO = datetime.fromtimestamp(0, UTC)
_GROUP = ";+;"
"""In a chat's id, whatever the flag says: `iMessage;+;chat1`, or `any;+;chat1` since macOS 26."""


@dataclass(frozen=True)
class BridgedMessage:
    """A message that somebody wrote to the gateway alone.

    `date` is when it was written, as the sidecar says. `obstacle` is why it cannot decide; `quoted` is what a thread
    reply quotes.
    """

    row: str | None
    sender: Approver
    text: str
    date: str | float | None
    obstacle: Obstacle | None
    quoted: str | None

    @property
    def written_at(self) -> datetime | None:
        """When it was written: long ago if its date cannot be read for certain, so that a bare word is asked about.

        None without a date: then it was written when it came.
        """
        return None if self.date is None else certain_moment(self.date) or _LONG_AGO

    def message_id(self, secret: str, received_at: datetime) -> str:
        """Names the message, so that a redelivery is recognised: by row, sender and date, or by what is in it."""
        if self.row:
            return identifiers.imessage_id(secret, self.row, self.sender, self._date)
        return identifiers.content_id(secret, self.sender.handle, self._date or received_at.isoformat(), self.text)

    @property
    def _date(self) -> str:
        """The date in one form, for webhooks and the list of unread messages may write it differently."""
        if dated := moment(self.date):
            return dated.isoformat(timespec="milliseconds")
        return "" if self.date is None else str(self.date)


def is_message(event: IMessageEvent | PlainIMessage) -> bool:
    return isinstance(event, PlainIMessage) or event.event == _NEW_MESSAGE


def read(event: IMessageEvent | PlainIMessage) -> BridgedMessage | None:
    """Reads a message; None for one of a group, and for one that the Mac's own account sent."""
    if isinstance(event, PlainIMessage):
        return _direct(event, event.timestamp)
    message = event.message
    # The event's own time is another one for each delivery, and names a message only where nothing else does.
    return _direct(message, message.date if message.date is not None or _row(message) else event.timestamp)


def _direct(message: PlainIMessage | EventMessage, date: str | float | None) -> BridgedMessage | None:
    chat = str(message.chat_id or "")
    if not message.sender or message.is_from_me or message.is_group_chat or _GROUP in chat:
        return None
    try:
        sender = Approver.read(Channel.IMESSAGE, message.sender)
    except InvalidAddressError:
        return None
    service = str(message.service or "") or (chat.partition(";")[0] if ";" in chat else "")
    found = obstacle(
        message.text,
        service=service,
        is_reaction=bool(message.reaction),
        has_attachment=bool(message.attachments),
    )
    quoted = f"thread:{message.replied_to}" if message.replied_to else None
    return BridgedMessage(_row(message), sender, message.text or "", date, found, quoted)


def _row(message: PlainIMessage | EventMessage) -> str | None:
    return None if message.id is None or message.id == "" else str(message.id)
