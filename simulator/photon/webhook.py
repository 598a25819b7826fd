"""The sidecar's webhooks, in both forms that are in use."""

import json
from datetime import UTC, datetime

from simulator.photon.sidecar import Subscription
from simulator.reply import OwnerReply, WebhookCall


def call(reply: OwnerReply, message: dict[str, object], subscription: Subscription) -> WebhookCall:
    """Returns the request that delivers a reply to the subscriber.

    Its only headers are those of the subscription; it has no Content-Type.
    """
    headers = dict(subscription.headers)
    if reply.secret is not None:
        headers["Authorization"] = f"Bearer {reply.secret}"
    if reply.content_type is not None:
        headers["Content-Type"] = reply.content_type
    fields = _plain(reply, message) if reply.form == "plain" else _event(message)
    return WebhookCall(url=f"{subscription.url}#rc=0", headers=headers, body=json.dumps(fields).encode())


def message_of(reply: OwnerReply, message_id: str, written_at: float) -> dict[str, object]:
    """Returns a message in the form of the bridge, for a webhook or the list of unread ones.

    A reaction has no field of its own. A reply in a thread names the first message of the thread
    by an id that the bridge returned for no send.
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


def _plain(reply: OwnerReply, message: dict[str, object]) -> dict[str, object]:
    """Returns the older form, which has an id only if the request names one."""
    fields = {"from": reply.sender, "text": reply.text, "timestamp": message["date"], **reply.extra}
    return {**fields, "id": reply.message_id} if reply.message_id else fields
