"""A reply as the control API takes it, and the webhook call that delivers it."""

from typing import Literal
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from simulator.settings import whatsapp_address
from simulator.world import Channel, Reaction


class OwnerReply(BaseModel):
    """What an owner sends, and how the webhook is called with it."""

    model_config = ConfigDict(extra="forbid")

    channel: Channel
    sender: str = Field(min_length=1)
    text: str | None = ""  # None: a voice note on iMessage, or a reaction that the bridge lost
    quoted: str | None = None
    message_id: str | None = None
    timestamp: str | None = None
    extra: dict[str, JsonValue] = {}  # fields that are added to the webhook's message, or replace its own

    # WhatsApp
    tap: str | None = None  # the title or id of a button under the quoted message
    button_payload: str | None = None
    message_type: str = "text"
    num_media: int = Field(default=0, ge=0)
    external_user_id: str | None = None
    wa_id: str | None = None
    signature: str | None = None  # in place of the right one

    # iMessage
    form: Literal["event", "plain"] = "event"
    is_group: bool = False
    reaction: Reaction | None = None  # a tapback on the quoted message
    secret: str | None = None  # in place of the secret that the gateway subscribed with
    content_type: str | None = None  # by default the bridge sends none

    times: int = Field(default=1, ge=1)
    concurrent: bool = False

    @model_validator(mode="after")
    def _address(self) -> "OwnerReply":
        if self.channel == "whatsapp":
            self.sender = whatsapp_address(self.sender)
        if self.reaction and not (self.channel == "imessage" and self.quoted):
            raise ValueError("a tapback needs the channel imessage, and the id of a message in quoted")
        return self

    def identified(self) -> str:
        """Returns the id of a WhatsApp message, a new one if the request names none."""
        if self.message_id:
            return self.message_id
        return f"{'MM' if self.num_media else 'SM'}{uuid4().hex}"


class WebhookCall(BaseModel):
    """A webhook request, and the request that follows if it fails for good."""

    url: str
    headers: dict[str, str]
    body: bytes
    fallback: "WebhookCall | None" = None
