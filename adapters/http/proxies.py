"""Which requests go through a proxy: those to public hosts, as HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY say.

What is on this machine or in its network (the sidecar, core, a collector) is always asked directly. The variables are
read here, and not by httpx, which ends on some forms of NO_PROXY and ignores others.
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
"""The first that is set counts, as with curl and httpx."""
_NAMES = tuple(dict.fromkeys(name for names in _VARIABLES.values() for name in names))
_EXCEPTIONS = ("no_proxy", "NO_PROXY")
_SOCKS = ("socks4", "socks4a", "socks5", "socks5h")
_PRIVATE_SUFFIXES = (
    *(".internal", ".local", ".localhost", ".svc", ".home.arpa"),
    *(".lan", ".home", ".fritz.box", ".ts.net"),
)
"""Of clusters and machines, of home networks, and of Tailscale's."""


def proxy_for(scheme: Scheme, host: str) -> str | None:
    """Returns the URL of the proxy for a host; None: it is asked directly."""
    if is_private(host) or _is_excepted(host):
        return None
    for name in _VARIABLES[scheme]:
        if value := os.environ.get(name):
            return None if _is_socks(value) else _with_scheme(value)
    return None


def is_private(host: str) -> bool:
    """Whether a host is on this machine or in its network, by its address or by a name that the world does not know."""
    if address := _address(host):
        return not address.is_global
    name = host.rstrip(".").lower()
    return "." not in name or name.endswith(_PRIVATE_SUFFIXES)


def unusable() -> Iterator[str]:
    """Says which variables name no proxy at all."""
    for name in (*_NAMES, *_EXCEPTIONS):
        value = os.environ.get(name, "")
        if environment.is_quoted(value):
            yield f"{name}: {environment.QUOTED}"
        elif name in _NAMES and value and not _is_socks(value) and not _is_usable(value):
            yield f"{name}: must be a proxy's URL: http://host:port"


def ignored() -> list[str]:
    """Names the variables that give a SOCKS proxy, through which nothing is sent."""
    return [name for name in _NAMES if _is_socks(os.environ.get(name, ""))]


def warn_of_ignored() -> None:
    """Logs them in one line, if there are any."""
    if names := ignored():
        log.warning("socks_proxy_ignored", variables=names)


def _is_socks(value: str) -> bool:
    return value.partition("://")[0].lower() in _SOCKS


def _is_usable(value: str) -> bool:
    """Whether httpx takes it, which by itself takes more than can be a host."""
    try:
        httpx.Proxy(_with_scheme(value))
        parts = urlsplit(_with_scheme(value))
        return bool(parts.hostname) and parts.port != 0 and not re.search(r"\s", value)
    except (ValueError, httpx.InvalidURL):
        return False


def _with_scheme(value: str) -> str:
    return value if "://" in value else f"http://{value}"


def _is_excepted(host: str) -> bool:
    """Whether NO_PROXY lists a host: itself, a domain that it is in, a network, or everything by an asterisk."""
    entries = next(filter(None, map(os.environ.get, _EXCEPTIONS)), "").split(",")
    return any(_covers(_without_port(entry.strip().lower()), host.lower()) for entry in entries if entry.strip())


def _without_port(entry: str) -> str:
    """Reads [::1], [::1]:80 and host:80 as the host; a scheme before it says nothing either."""
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
