"""What owners write on iMessage, as the Photon sidecar delivers it."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends

from api.authentication import authenticate_sidecar, sidecar_secret
from api.gateway import GatewayDep
from api.guarded_route import guarded_by
from api.problems import responses
from api.replies import OwnersMessage
from api.schemas import EventMessage, IMessageEvent, IMessageReceived, PlainIMessage
from domain import addresses, moments
from domain.candidate import Channel
from domain.errors import InvalidAddressError
from domain.identifiers import content_id, message_key

_NEW_MESSAGE = "new_message"
_EXAMPLES = [
    {"from": "user@icloud.com", "text": "approve cr_8f9a1b2c", "timestamp": "2024-01-15T10:30:00Z"},
    {
        "event": "new_message",
        "message": {
            "id": "7D3E0B7A-1",
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
    route_class=guarded_by(authenticate_sidecar),
    dependencies=[Depends(sidecar_secret)],
    responses=responses(401, 408, 413, 422, 429, 503),
)


@router.post("/webhooks/imessage")
async def post_imessage(
    event: Annotated[IMessageEvent | PlainIMessage, Body(examples=_EXAMPLES)], gateway: GatewayDep
) -> IMessageReceived:
    """Take an owner's message from the sidecar; the answer to the owner is a message of its own.

    Group messages, reactions, and what this account sent itself are ignored.
    """
    message = _direct_message(event)
    if message is None or not message.text:
        return IMessageReceived(status="ignored")
    try:
        sender = addresses.imessage(message.sender)
    except InvalidAddressError:
        return IMessageReceived(status="ignored")
    received_at = gateway.clock()
    words = await gateway.replies.take(
        OwnersMessage(
            key=message_key(Channel.IMESSAGE, _id(message, received_at.isoformat(), gateway.core_secrets[0])),
            senders=(sender,),
            text=message.text,
            quoted_id=None,
            may_decide=not message.attachments,
            received_at=received_at,
            written_at=moments.read(message.timestamp),
        )
    )
    return IMessageReceived(status="accepted" if words else "ignored")


def _direct_message(event: IMessageEvent | PlainIMessage) -> PlainIMessage | None:
    if isinstance(event, PlainIMessage):
        return event
    message = event.message
    if event.event != _NEW_MESSAGE or not _is_direct(message):
        return None
    fields = message.model_dump(include={"id", "text", "attachments"})
    return PlainIMessage.model_validate(
        {**fields, "from": message.sender, "timestamp": message.date or event.timestamp}
    )


def _is_direct(message: EventMessage) -> bool:
    return bool(message.sender) and not (message.is_group_chat or message.is_from_me or message.reaction)


def _id(message: PlainIMessage, fallback: str, secret: str) -> str:
    """Give the message's id, or one made of sender, text and time, so that a redelivery is recognised."""
    if message.id is not None and message.id != "":
        return str(message.id)
    return content_id(secret, message.sender, str(message.timestamp or fallback), message.text or "")
