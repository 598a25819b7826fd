"""Chooses the proxy for requests to public hosts.

HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY configure it. Hosts on this machine or in its
network (the sidecar, core, a collector) are always called directly. The variables are not left to
httpx, which fails on some forms of NO_PROXY and ignores others.
"""

import ipaddress
import os
import re
from collections.abc import Iterator, Mapping
from typing import Literal
from urllib.parse import urlsplit

import httpx
import structlog

from adapters.config import environment

log = structlog.get_logger()

Scheme = Literal["http", "https"]
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_VARIABLES: Mapping[Scheme, tuple[str, ...]] = {
    "http": ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"),
    "https": ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"),
}
"""The first one that is set counts, as in curl and httpx."""
_NAMES = tuple(dict.fromkeys(name for names in _VARIABLES.values() for name in names))
_EXCEPTIONS = ("no_proxy", "NO_PROXY")
_SOCKS = ("socks4", "socks4a", "socks5", "socks5h")
_PRIVATE_SUFFIXES = (
    *(".internal", ".local", ".localhost", ".svc", ".home.arpa"),
    *(".lan", ".home", ".fritz.box", ".ts.net"),
)
"""Domains of clusters and machines, of home networks, and of Tailscale."""


def proxy_for(scheme: Scheme, host: str) -> str | None:
    """Returns the URL of the proxy for a host; None means a direct call."""
    if is_private(host) or _is_excepted(host):
        return None
    for name in _VARIABLES[scheme]:
        if value := os.environ.get(name):
            return None if _is_socks(value) else _with_scheme(value)
    return None


def is_private(host: str) -> bool:
    """Returns whether a host is on this machine or in its network, by address or private name."""
    if address := _address(host):
        return not address.is_global
    name = host.rstrip(".").lower()
    return "." not in name or name.endswith(_PRIVATE_SUFFIXES)


def unusable() -> Iterator[str]:
    """Yields a problem for each variable that is not a valid proxy."""
    for name in (*_NAMES, *_EXCEPTIONS):
        value = os.environ.get(name, "")
        if environment.is_quoted(value):
            yield f"{name}: {environment.QUOTED}"
        elif name in _NAMES and value and not _is_socks(value) and not _is_usable(value):
            yield f"{name}: must be the URL of a proxy: http://host:port"


def ignored() -> list[str]:
    """Returns the names of the variables with a SOCKS proxy, which is never used."""
    return [name for name in _NAMES if _is_socks(os.environ.get(name, ""))]


def warn_of_ignored() -> None:
    """Logs the ignored variables in one line, if there are any."""
    if names := ignored():
        log.warning("socks_proxy_ignored", variables=names)


def _is_socks(value: str) -> bool:
    return value.partition("://")[0].lower() in _SOCKS


def _is_usable(value: str) -> bool:
    """Returns whether httpx accepts it and its host is valid; httpx itself accepts more."""
    try:
        httpx.Proxy(_with_scheme(value))
        parts = urlsplit(_with_scheme(value))
        return bool(parts.hostname) and parts.port != 0 and not re.search(r"\s", value)
    except (ValueError, httpx.InvalidURL):
        return False


def _with_scheme(value: str) -> str:
    return value if "://" in value else f"http://{value}"


def _is_excepted(host: str) -> bool:
    """Returns whether NO_PROXY covers a host by name, domain or network, or by an asterisk."""
    entries = next(filter(None, map(os.environ.get, _EXCEPTIONS)), "").split(",")
    return any(_covers(_without_port(entry.strip().lower()), host.lower()) for entry in entries if entry.strip())


def _without_port(entry: str) -> str:
    """Returns the host of [::1], [::1]:80 and host:80; ignores a scheme."""
    entry = entry.rpartition("://")[2]
    if entry.startswith("["):
        return entry[1:].partition("]")[0]
    return entry.partition(":")[0] if entry.count(":") == 1 else entry


def _covers(entry: str, host: str) -> bool:
    if entry == "*":
        return True
    address, network = _address(host), _network(entry)
    if address and network:
        return address in network
    domain = entry.removeprefix("*").strip(".")
    return bool(domain) and f".{host.rstrip('.')}".endswith(f".{domain}")


def _network(text: str) -> _Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
