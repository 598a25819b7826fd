"""A reply as it is ordered, and the webhook that is called with it."""

from typing import Literal
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from simulator.settings import whatsapp_address
from simulator.world import Channel, Reaction


class Reply(BaseModel):
    """What an owner sends, and how its webhook is called."""

    model_config = ConfigDict(extra="forbid")

    channel: Channel
    sender: str = Field(min_length=1)
    text: str | None = ""  # None: what iMessage has for a voice note, or a reaction that the bridge lost
    quoted: str | None = None
    message_id: str | None = None
    timestamp: str | None = None
    extra: dict[str, JsonValue] = {}  # further fields of the webhook's message, or other values for its own

    # WhatsApp
    tap: str | None = None  # the title or the id of a button under the quoted message
    button_payload: str | None = None
    message_type: str = "text"
    num_media: int = Field(default=0, ge=0)
    external_user_id: str | None = None
    wa_id: str | None = None
    signature: str | None = None  # instead of the right one

    # iMessage
    form: Literal["event", "plain"] = "event"
    is_group: bool = False
    reaction: Reaction | None = None  # a tapback on the quoted message
    secret: str | None = None  # instead of the one that the gateway subscribed with
    content_type: str | None = None  # the bridge gives none of itself

    times: int = Field(default=1, ge=1)
    concurrent: bool = False

    @model_validator(mode="after")
    def _address(self) -> "Reply":
        if self.channel == "whatsapp":
            self.sender = whatsapp_address(self.sender)
        if self.reaction and not (self.channel == "imessage" and self.quoted):
            raise ValueError("a tapback is on a message, its id in quoted, and on iMessage")
        return self

    def identified(self) -> str:
        """Return a WhatsApp message's id, a new one if the owner's side chose none."""
        if self.message_id:
            return self.message_id
        return f"{'MM' if self.num_media else 'SM'}{uuid4().hex}"


class WebhookCall(BaseModel):
    """One webhook request, and the one that is made if it fails for good."""

    url: str
    headers: dict[str, str]
    body: bytes
    fallback: "WebhookCall | None" = None
