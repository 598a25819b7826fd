"""The sidecar's webhooks, in both forms seen in the wild."""

import json
from datetime import UTC, datetime

from simulator.photon.sidecar import Subscription
from simulator.reply import Reply, WebhookCall


def call(reply: Reply, message: dict[str, object], subscription: Subscription) -> WebhookCall:
    """Return the request with which the sidecar hands the reply to whoever subscribed.

    It has no headers but those that were handed over, not even a Content-Type.
    """
    headers = dict(subscription.headers)
    if reply.secret is not None:
        headers["Authorization"] = f"Bearer {reply.secret}"
    if reply.content_type is not None:
        headers["Content-Type"] = reply.content_type
    fields = _plain(reply, message) if reply.form == "plain" else _event(message)
    return WebhookCall(url=f"{subscription.url}#rc=0", headers=headers, body=json.dumps(fields).encode())


def message_of(reply: Reply, message_id: str, written_at: float) -> dict[str, object]:
    """Return a message as the bridge tells it, by webhook or as unread; a reaction has no field of its own.

    A reply in a thread names the message that began it by an id that no send of the bridge has told anybody.
    """
    date = datetime.fromtimestamp(written_at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "id": message_id,
        "text": reply.text,
        "sender": reply.sender,
        "chatId": f"iMessage;{'+' if reply.is_group else '-'};{reply.sender}",
        "isGroupChat": reply.is_group,
        "date": reply.timestamp or date,
        **({"threadOriginatorGuid": reply.quoted} if reply.quoted and not reply.reaction else {}),
        **reply.extra,
    }


def _event(message: dict[str, object]) -> dict[str, object]:
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"event": "new_message", "message": message, "timestamp": now}


def _plain(reply: Reply, message: dict[str, object]) -> dict[str, object]:
    """Return the older form, which has an id only where the sidecar was told to give one."""
    fields = {"from": reply.sender, "text": reply.text, "timestamp": message["date"], **reply.extra}
    return {**fields, "id": reply.message_id} if reply.message_id else fields
