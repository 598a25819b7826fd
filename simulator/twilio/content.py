"""A content template, as Twilio's Content API keeps it, and what WhatsApp makes of it."""

import hashlib
import re
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from simulator.world import Button

MAX_BODY_UTF16_UNITS = 1024
WRONG_PARAMETERS, TOO_LONG, AGAINST_POLICY = 63028, 63021, 63013

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


class Content(BaseModel):
    """A template as it is posted to the Content API; what WhatsApp would not approve is refused."""

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
            raise ValueError("variables are numbered from 1, each has a sample, and each is used")
        if not all(text.strip() for text in _VARIABLE.split(body.strip())[::2]):
            raise ValueError("the body neither starts nor ends with a variable, and no two are adjacent")
        count = len(_VARIABLE.findall(body))
        if len(_VARIABLE.sub("", body).split()) < 2 * count + 1:
            raise ValueError("the body has too few words for its variables")
        if len({action.title for action in actions}) < len(actions):
            raise ValueError("the buttons' titles differ")
        return self

    @property
    def sid(self) -> str:
        """The ContentSid: the same wherever this template is served."""
        return "HX" + hashlib.md5(self.friendly_name.encode(), usedforsecurity=False).hexdigest()

    def body(self, values: dict[str, str]) -> str:
        return _substituted(self.types.quick_reply.body, values)

    def buttons(self, values: dict[str, str]) -> list[Button]:
        return [Button(title=a.title, id=_substituted(a.id, values)) for a in self.types.quick_reply.actions]

    def failure(self, values: dict[str, str]) -> int | None:
        """Return the code with which WhatsApp fails such a message after Twilio accepted it."""
        if values.keys() != self.variables.keys() or not all(value.strip() for value in values.values()):
            return WRONG_PARAMETERS
        if any(_FORBIDDEN_IN_VALUES.search(value) for value in values.values()):
            return AGAINST_POLICY
        # Counted as Twilio counts a Body, where an emoji is two units or more.
        return TOO_LONG if len(self.body(values).encode("utf-16-le")) // 2 > MAX_BODY_UTF16_UNITS else None


def _substituted(text: str, values: dict[str, str]) -> str:
    return _VARIABLE.sub(lambda variable: values.get(variable[1], variable[0]), text)
