"""A content in the form of Twilio's Content API, and how Twilio and WhatsApp check variables."""

import hashlib
import re
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from simulator.twilio.errors import TwilioError
from simulator.world import Button

MAX_BODY_UTF16_UNITS = 1024
MAX_VALUE_UTF16_UNITS = 1600
WRONG_PARAMETERS, TOO_LONG = 63028, 63021

_VARIABLE = re.compile(r"\{\{(\d+)\}\}")
_FORBIDDEN_IN_VALUES = re.compile(r"[\n\r\t]| {5}")
_Text = Annotated[str, StringConstraints(min_length=1, max_length=MAX_BODY_UTF16_UNITS)]


class Action(BaseModel):
    model_config = ConfigDict(extra="forbid")

    type: Literal["QUICK_REPLY"]
    title: Annotated[str, StringConstraints(min_length=1, max_length=20)]
    id: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class QuickReply(BaseModel):
    model_config = ConfigDict(extra="forbid")

    body: _Text
    actions: list[Action] = Field(min_length=1, max_length=10)


class Types(BaseModel):
    model_config = ConfigDict(extra="forbid")

    quick_reply: QuickReply = Field(alias="twilio/quick-reply")


class PostedContent(BaseModel):
    """A message with buttons; a content that WhatsApp would not approve is invalid."""

    model_config = ConfigDict(extra="forbid")

    friendly_name: str = Field(pattern=r"^[a-z0-9_]+$")
    language: str = Field(pattern=r"^[a-z]{2}(_[A-Z]{2})?$")
    variables: dict[str, Annotated[str, StringConstraints(min_length=1)]] = Field(max_length=100)  # each with a sample
    types: Types

    @model_validator(mode="after")
    def _would_be_approved(self) -> Self:
        body, actions = self.types.quick_reply.body, self.types.quick_reply.actions
        used = set(_VARIABLE.findall(body + "".join(action.id for action in actions)))
        if used != set(self.variables) or used != {str(number) for number in range(1, len(used) + 1)}:
            raise ValueError("variables must be numbered from 1, and each must be used and have a sample")
        if not all(text.strip() for text in _VARIABLE.split(body.strip())[::2]):
            raise ValueError("the body must not start or end with a variable, and two must not be adjacent")
        count = len(_VARIABLE.findall(body))
        if len(_VARIABLE.sub("", body).split()) < 2 * count + 1:
            raise ValueError("the body has too few words for its variables")
        if len({action.title for action in actions}) < len(actions):
            raise ValueError("the buttons' titles must differ")
        return self

    @property
    def sid(self) -> str:
        """The ContentSid, derived from the name, so that every simulator has the same."""
        return "HX" + hashlib.md5(self.friendly_name.encode(), usedforsecurity=False).hexdigest()

    def body(self, values: dict[str, str]) -> str:
        return _substituted(self.types.quick_reply.body, values)

    def buttons(self, values: dict[str, str]) -> list[Button]:
        return [Button(title=a.title, id=_substituted(a.id, values)) for a in self.types.quick_reply.actions]

    def check(self, values: dict[str, str]) -> None:
        """Raises Twilio's error for values that it refuses, inside and outside the 24 hours."""
        if any(not value.strip() or _FORBIDDEN_IN_VALUES.search(value) for value in values.values()):
            raise TwilioError(21656, "The Content Variables Parameter is invalid")
        if any(_utf16_units(value) > MAX_VALUE_UTF16_UNITS for value in values.values()):
            raise TwilioError(21658, "A parameter exceeds the limit of 1600 characters")

    def failure(self, values: dict[str, str]) -> int | None:
        """Returns the error code of a message that fails after Twilio accepted it; else None."""
        if values.keys() != self.variables.keys():
            return WRONG_PARAMETERS
        # Counted as Twilio counts a Body: an emoji is two units or more.
        return TOO_LONG if _utf16_units(self.body(values)) > MAX_BODY_UTF16_UNITS else None


def _utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _substituted(text: str, values: dict[str, str]) -> str:
    return _VARIABLE.sub(lambda variable: values.get(variable[1], variable[0]), text)
