"""The sidecar's webhooks, in both forms seen in the wild."""

import json
from datetime import UTC, datetime

from simulator.photon import Subscription
from simulator.reply import Delivery, Reply


def delivery(reply: Reply, message_id: str, subscription: Subscription) -> Delivery:
    """Return the request with which the sidecar hands the reply to whoever subscribed."""
    headers = {**subscription.headers, "Content-Type": "application/json"}
    if reply.secret is not None:
        headers["Authorization"] = f"Bearer {reply.secret}"
    timestamp = reply.timestamp or datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    fields = _event(reply, message_id, timestamp) if reply.form == "event" else _plain(reply, timestamp)
    return Delivery(
        url=f"{subscription.url}#rc=0", headers=headers, body=json.dumps({**fields, **reply.extra}).encode()
    )


def _event(reply: Reply, message_id: str, timestamp: str) -> dict[str, object]:
    return {
        "event": "new_message",
        "message": {
            "id": message_id,
            "text": reply.text,
            "sender": reply.sender,
            "chatId": f"iMessage;{'+' if reply.is_group else '-'};{reply.sender}",
            "isGroupChat": reply.is_group,
            "date": timestamp,
        },
        "timestamp": timestamp,
    }


def _plain(reply: Reply, timestamp: str) -> dict[str, object]:
    """Return the older form, which has an id only where the sidecar was told to give one."""
    fields: dict[str, object] = {"from": reply.sender, "text": reply.text, "timestamp": timestamp}
    return {**fields, "id": reply.message_id} if reply.message_id else fields
