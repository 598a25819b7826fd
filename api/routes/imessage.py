"""What owners write on iMessage, as the Photon sidecar delivers it."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends

from api.errors import responses
from api.gateway import GatewayDep
from api.http.authentication import authenticate_sidecar, sidecar_secret
from api.http.guarded_route import guarded_by
from api.routes import bridged_messages
from api.schemas import IMessageEvent, IMessageReceived, PlainIMessage
from domain.channels import Channel
from domain.identifiers import message_key
from domain.replies import parse
from engine.replies.replies import OwnersMessage

_EXAMPLES = [
    {"from": "user@icloud.com", "text": "approve cr_8f9a1b2c", "timestamp": "2024-01-15T10:30:00Z"},
    {
        "event": "new_message",
        "message": {
            "id": "14",
            "text": "approve cr_8f9a1b2c",
            "sender": "user@icloud.com",
            "chatId": "iMessage;-;user@icloud.com",
            "isGroupChat": False,
            "date": "2024-01-15T10:30:00Z",
        },
        "timestamp": "2024-01-15T10:30:01Z",
    },
]

router = APIRouter(
    tags=["owners"],
    route_class=guarded_by(authenticate_sidecar, is_json=True),
    dependencies=[Depends(sidecar_secret)],
    responses=responses(401, 408, 413, 422, 429, 503),
)


@router.post("/webhooks/imessage")
async def post_imessage(
    event: Annotated[IMessageEvent | PlainIMessage, Body(examples=_EXAMPLES)], gateway: GatewayDep
) -> IMessageReceived:
    """Take an owner's message from the sidecar; the answer to the owner is a message of its own.

    Group messages are ignored, and what this account sent itself, even where it comes back as an owner's.
    """
    if not bridged_messages.is_message(event):
        return IMessageReceived(status="ignored")
    gateway.sidecar_replies.taken()
    message = bridged_messages.read(event)
    if message is None:
        return IMessageReceived(status="ignored")
    # No text of ours is a command: an owner's verdict is never taken for one.
    if parse(message.text) is None and await gateway.own_texts.include(message.sender, message.text):
        return IMessageReceived(status="ignored")
    received_at = gateway.clock()
    words = await gateway.replies.take(
        OwnersMessage(
            key=message_key(Channel.IMESSAGE, message.message_id(gateway.core_secrets[0], received_at)),
            senders=(message.sender,),
            text=message.text,
            quoted_id=message.quoted,
            may_decide=message.obstacle is None,
            received_at=received_at,
            obstacle=message.obstacle,
            written_at=message.written_at,
        )
    )
    return IMessageReceived(status="accepted" if words else "ignored")
