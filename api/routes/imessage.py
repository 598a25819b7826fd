"""The iMessage webhook, to which the Photon sidecar posts owners' messages."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends

from api.errors import responses
from api.gateway import GatewayDep
from api.http.authentication import authenticate_sidecar, sidecar_secret
from api.http.guarded_route import guarded_by
from api.routes import bridged_messages
from api.schemas.answers import IMessageReceived
from api.schemas.sidecar import IMessageEvent, PlainIMessage
from domain.reading.grammar import read
from domain.reading.requests import Decide

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


@router.post("/webhooks/imessage", operation_id="receiveIMessage")
async def post_imessage(
    event: Annotated[IMessageEvent | PlainIMessage, Body(examples=_EXAMPLES)], gateway: GatewayDep
) -> IMessageReceived:
    """Accepts an owner's message from the sidecar; answers go to the owner as new messages.

    Group messages are ignored. So are messages that this account sent itself, even if they come
    back as an owner's.
    """
    if not bridged_messages.is_message(event):
        return IMessageReceived(status="ignored")
    gateway.sidecar_replies.taken()
    message = bridged_messages.read(event, gateway.core_secrets[0], gateway.clock())
    if message is None:
        return IMessageReceived(status="ignored")
    # None of our texts is a verdict, so an owner's verdict is never mistaken for an echo.
    if not isinstance(read(message.text), Decide) and await gateway.echoes.include(message.senders[0], message.text):
        return IMessageReceived(status="ignored")
    answer = await gateway.replies.take(message)
    return IMessageReceived(status="accepted" if answer else "ignored")
