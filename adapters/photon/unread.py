"""Parses the sidecar's list of unread messages leniently, because its format is not specified."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx

from domain.moments import moment

CAUGHT_UP = timedelta(days=1)
"""The age up to which messages are forwarded; nobody may remember what older ones were about."""

_Message = dict[str, Any]


def recent(response: httpx.Response, now: datetime) -> list[_Message]:
    """Returns the messages of the last day, in the order in which they were written.

    They can be grouped by sender, as in the kit. A message without a date is skipped, because a
    bare word may be a year old.
    """
    dated = ((moment(_date(message)), message) for message in _messages(_json(response), None))
    found = [(date, message) for date, message in dated if date and now - CAUGHT_UP <= date]
    return [message for _, message in sorted(found, key=lambda each: each[0])]


def fields_of(response: httpx.Response) -> _Message:
    """Returns the fields of a JSON object; an empty dict for anything else."""
    content = _json(response)
    return content if isinstance(content, dict) else {}


def _messages(part: object, sender: object) -> Iterator[_Message]:
    """Yields everything that looks like a message, at any depth.

    A message in a group gets the group's sender.
    """
    if isinstance(part, list):
        for each in part:
            yield from _messages(each, sender)
    elif isinstance(part, dict):
        sender = part.get("sender", sender)
        if "id" in part or "text" in part:
            yield {**part, "sender": sender}
        else:
            yield from _messages([value for value in part.values() if isinstance(value, list)], sender)


def _date(message: _Message) -> str | float | None:
    date = message.get("date")
    return date if isinstance(date, str | int | float) else None


def _json(response: httpx.Response) -> object:
    try:
        return response.json()
    except ValueError:
        return None
