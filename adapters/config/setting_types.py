"""The types of single settings, apart from secrets, with error messages for operators."""

import re
from ipaddress import ip_address, ip_network
from typing import Annotated

import httpx
from pydantic import AfterValidator, Field, HttpUrl, RedisDsn, SecretStr, TypeAdapter

from adapters.config.secret_settings import listed
from adapters.redis import connection as redis_connection
from domain.candidate import Approver
from domain.channels import Channel
from domain.owners.recipients import AllowedRecipients

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\-]+(:\d{1,5})?")


def _url(text: str) -> str:
    TypeAdapter(HttpUrl).validate_python(text)
    if not text.isprintable() or " " in text:
        raise ValueError("must contain neither spaces nor line breaks")
    if "#" in text:
        raise ValueError("must have no fragment (#…), because it is never sent")
    try:
        httpx.URL(text)
    except httpx.InvalidURL:
        raise ValueError("cannot be read as a URL") from None
    return text


def _base_url(text: str) -> str:
    if "?" in text:
        raise ValueError("must have no query (?…), because paths are appended")
    return text.rstrip("/")


def _redis_url(secret: SecretStr) -> SecretStr:
    url = secret.get_secret_value()
    if not redis_connection.is_sentinel(url):
        TypeAdapter(RedisDsn).validate_python(url)
    redis_connection.check_url(url)
    return secret


def _whatsapp(address: str) -> str:
    return str(Approver.read(Channel.WHATSAPP, address))


def _imessage(address: str) -> str:
    return Channel.IMESSAGE.handle_of(address)


def _account_sid(text: str) -> str:
    if not re.fullmatch("AC[0-9a-fA-F]{32}", text):
        raise ValueError("must be AC and 32 hexadecimal digits")
    return text


def _content_sid(text: str) -> str:
    if not re.fullmatch("HX[0-9a-fA-F]{32}", text):
        raise ValueError("must be HX and 32 hexadecimal digits")
    return text


def _recipients(listed_recipients: str) -> str:
    AllowedRecipients.parse(listed_recipients)
    return listed_recipients


def _origins(text: str) -> str:
    if not all(_ORIGIN.fullmatch(origin) for origin in listed(text)):
        raise ValueError(
            "must list origins, such as https://temporal.example.com or http://localhost:8233: no path, no *"
        )
    return text


def _listening_addresses(text: str) -> str:
    try:
        _ = [ip_address(part) for part in listed(text)]
    except ValueError:
        raise ValueError("must list IP addresses: 127.0.0.1 and ::1 for this machine, 0.0.0.0 and :: for all") from None
    return text


def _proxy_addresses(text: str) -> str:
    try:
        _ = [ip_network(part) for part in listed(text) if text != "*"]
    except ValueError:
        raise ValueError("must list IP addresses and networks (10.0.0.0/8), or be * for all") from None
    return text


Url = Annotated[str, AfterValidator(_url)]
BaseUrl = Annotated[Url, AfterValidator(_base_url)]
RedisUrl = Annotated[SecretStr, AfterValidator(_redis_url)]
Port = Annotated[int, Field(ge=1, le=65535)]
WhatsAppAddress = Annotated[str, AfterValidator(_whatsapp)]
IMessageAddress = Annotated[str, AfterValidator(_imessage)]
AccountSid = Annotated[str, AfterValidator(_account_sid)]
ContentSid = Annotated[str, AfterValidator(_content_sid)]
Recipients = Annotated[str, AfterValidator(_recipients)]
Origins = Annotated[str, AfterValidator(_origins)]
ListeningAddresses = Annotated[str, AfterValidator(_listening_addresses)]
ProxyAddresses = Annotated[str, AfterValidator(_proxy_addresses)]
BuildId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.\-]{0,127}$")]
"""Any valid tag of a container image."""
