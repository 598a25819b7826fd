"""Reads what the sidecar posts as an owner's message.

Its two formats and the versions of its SDK write the same things differently.
"""

from datetime import UTC, datetime

from api.schemas.sidecar import EventMessage, IMessageEvent, PlainIMessage
from domain import identifiers
from domain.candidate import Approver
from domain.channels import Channel
from domain.errors import InvalidAddressError
from domain.moments import certain_moment, moment
from domain.reading.owners_message import OwnersMessage, obstacle

_NEW_MESSAGE = "new_message"
_LONG_AGO = datetime.fromtimestamp(0, UTC)
_GROUP = ";+;"
"""Marks a group in a chat's id: `iMessage;+;chat1`, or `any;+;chat1` since macOS 26.

It counts whatever `isGroupChat` is.
"""

_Date = str | float | None


def is_message(event: IMessageEvent | PlainIMessage) -> bool:
    return isinstance(event, PlainIMessage) or event.event == _NEW_MESSAGE


def read(event: IMessageEvent | PlainIMessage, secret: str, received_at: datetime) -> OwnersMessage | None:
    """Reads a message; returns None if it is a group's, or from the Mac's own account.

    `secret` keys the hash that identifies the message.
    """
    if isinstance(event, PlainIMessage):
        return _direct(event, event.timestamp, secret, received_at)
    message = event.message
    # The event's own time differs in each redelivery, so it identifies a message only if nothing
    # else does.
    date = message.date if message.date is not None or _row(message) else event.timestamp
    return _direct(message, date, secret, received_at)


def _direct(
    message: PlainIMessage | EventMessage, date: _Date, secret: str, received_at: datetime
) -> OwnersMessage | None:
    chat = str(message.chat_id or "")
    if not message.sender or message.is_from_me or message.is_group_chat or _GROUP in chat:
        return None
    try:
        sender = Approver.read(Channel.IMESSAGE, message.sender)
    except InvalidAddressError:
        return None
    found = obstacle(
        message.text,
        service=str(message.service or "") or (chat.partition(";")[0] if ";" in chat else ""),
        is_reaction=bool(message.reaction),
        has_attachment=bool(message.attachments),
    )
    return OwnersMessage(
        key=identifiers.message_key(Channel.IMESSAGE, _id(message, sender, date, secret, received_at)),
        senders=(sender,),
        text=message.text or "",
        quoted_id=f"thread:{message.replied_to}" if message.replied_to else None,
        may_decide=found is None,
        received_at=received_at,
        written_at=_written_at(date),
        obstacle=found,
    )


def _id(
    message: PlainIMessage | EventMessage, sender: Approver, date: _Date, secret: str, received_at: datetime
) -> str:
    """Returns an id that a redelivery shares, from row, sender and date, or from the content."""
    if row := _row(message):
        return identifiers.imessage_id(secret, row, sender, _in_one_form(date))
    when = _in_one_form(date) or received_at.isoformat()
    return identifiers.content_id(secret, sender.handle, when, message.text or "")


def _row(message: PlainIMessage | EventMessage) -> str | None:
    return None if message.id is None or message.id == "" else str(message.id)


def _in_one_form(date: _Date) -> str:
    """Normalizes a date, which webhooks and the list of unread messages can write differently."""
    if dated := moment(date):
        return dated.isoformat(timespec="milliseconds")
    return "" if date is None else str(date)


def _written_at(date: _Date) -> datetime | None:
    """Returns when a message was written; long ago if its date is ambiguous or unreadable.

    The owner of such a message is asked which draft is meant. None means no date: then the message
    was written when it arrived.
    """
    return None if date is None else certain_moment(date) or _LONG_AGO
