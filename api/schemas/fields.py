"""Field types that several requests share."""

from typing import Annotated

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    HttpUrl,
    TypeAdapter,
)

from domain import identifiers
from domain.blank_text import is_blank
from domain.candidate import Approver
from domain.channels import Channel

_LONGEST_URL = 2048


def _no_path_trick(candidate_id: str) -> str:
    if candidate_id in {".", ".."}:
        raise ValueError("choose an id other than . and ..")
    return candidate_id


_HTTP_URL = TypeAdapter[HttpUrl](Annotated[HttpUrl, Field(max_length=_LONGEST_URL)])


def _web_address(text: str) -> str:
    """Returns the normalized address, which cannot break a line."""
    return str(_HTTP_URL.validate_python(text))


def _encodable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("remove the unpaired surrogate characters") from None
    return text


def visible(text: str) -> str:
    if is_blank(text):
        raise ValueError("must contain a visible character")
    return text


def _none_if_blank(given: object) -> object:
    return None if isinstance(given, str) and is_blank(given) else given


def _readable_on(channel: Channel) -> AfterValidator:
    def check(text: str) -> str:
        Approver.read(channel, text)
        return text

    return AfterValidator(check)


BLANK_IS_NONE = BeforeValidator(_none_if_blank)

Text = Annotated[str, AfterValidator(_encodable)]
CandidateId = Annotated[str, Field(pattern=f"^{identifiers.CANDIDATE_ID}$"), AfterValidator(_no_path_trick)]
BrandId = Annotated[str, Field(pattern=f"^{identifiers.BRAND_ID}$")]
Phone = Annotated[str, Field(max_length=160), _readable_on(Channel.WHATSAPP)]
IMessageAddress = Annotated[str, Field(max_length=320), _readable_on(Channel.IMESSAGE)]
WebAddress = Annotated[
    str, Field(max_length=_LONGEST_URL, json_schema_extra={"format": "uri"}), AfterValidator(_web_address)
]
