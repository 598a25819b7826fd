"""The sidecar's webhook bodies, in its SDK's format."""

from typing import Annotated

from pydantic import (
    BaseModel,
    Field,
)

from api.schemas.fields import Text


class _BridgedMessage(BaseModel):
    """The fields that both formats share; ids are row numbers of one database."""

    id: Text | int | None = None
    text: Text | None = None
    chat_id: Annotated[object, Field(alias="chatId")] = None
    is_group_chat: Annotated[bool | None, Field(alias="isGroupChat")] = None
    is_from_me: Annotated[bool | None, Field(alias="isFromMe")] = None
    service: object = None
    attachments: list[object] | None = None
    reaction: object = None
    thread_originator_guid: Annotated[object, Field(alias="threadOriginatorGuid")] = None
    thread_root_message_id: Annotated[object, Field(alias="threadRootMessageId")] = None
    reply_to_message_id: Annotated[object, Field(alias="replyToMessageId")] = None

    @property
    def replied_to(self) -> object:
        """The message that a thread reply quotes.

        The sidecar returns no ids for sent messages to compare it with.
        """
        return self.thread_originator_guid or self.thread_root_message_id or self.reply_to_message_id


class PlainIMessage(_BridgedMessage):
    """The sidecar's first format.

    A sidecar that does not mark group messages must not send them.
    """

    sender: Annotated[str, Field(alias="from", max_length=320)]
    timestamp: Text | int | float | None = None


class EventMessage(_BridgedMessage):
    sender: Annotated[str | None, Field(max_length=320)] = None
    date: Text | int | float | None = None


class IMessageEvent(BaseModel):
    """The sidecar's second format."""

    event: str
    message: EventMessage
    timestamp: Text | int | float | None = None
