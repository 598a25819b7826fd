"""What single settings may be, apart from secrets: their types, with what is wrong in words for operators."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, HttpUrl, RedisDsn, SecretStr, TypeAdapter

from adapters import redis_connection
from adapters.secret_settings import listed
from domain import addresses
from domain.recipients import AllowedRecipients

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\-]+(:\d{1,5})?")


def _url(text: str) -> str:
    TypeAdapter(HttpUrl).validate_python(text)
    if not text.isprintable() or " " in text:
        raise ValueError("must hold neither spaces nor line breaks")
    return text


def _redis_url(secret: SecretStr) -> SecretStr:
    url = secret.get_secret_value()
    if not redis_connection.is_sentinel(url):
        TypeAdapter(RedisDsn).validate_python(url)
    redis_connection.check_url(url)
    return secret


def _whatsapp(address: str) -> str:
    return str(addresses.whatsapp(address))


def _imessage(address: str) -> str:
    return addresses.imessage(address).handle


def _content_sid(text: str) -> str:
    if not re.fullmatch("HX[0-9a-fA-F]{32}", text):
        raise ValueError("must be HX and 32 hexadecimal digits")
    return text


def _recipients(listed_recipients: str) -> str:
    AllowedRecipients.parse(listed_recipients)
    return listed_recipients


def _origins(text: str) -> str:
    if not all(_ORIGIN.fullmatch(origin) for origin in listed(text)):
        raise ValueError("must list origins, as https://temporal.example.com or http://localhost:8233: no path, no *")
    return text


Url = Annotated[str, AfterValidator(_url)]
BaseUrl = Annotated[Url, AfterValidator(lambda text: text.rstrip("/"))]
RedisUrl = Annotated[SecretStr, AfterValidator(_redis_url)]
Port = Annotated[int, Field(ge=1, le=65535)]
WhatsAppAddress = Annotated[str, AfterValidator(_whatsapp)]
IMessageAddress = Annotated[str, AfterValidator(_imessage)]
ContentSid = Annotated[str, AfterValidator(_content_sid)]
Recipients = Annotated[str, AfterValidator(_recipients)]
Origins = Annotated[str, AfterValidator(_origins)]
BuildId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.\-]{0,127}$")]
"""What an image's tag may be."""
