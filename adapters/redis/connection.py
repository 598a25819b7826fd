"""Connects to Redis: to one server, or to the primary that its sentinels name."""

import asyncio
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

from redis.asyncio import BlockingConnectionPool, Connection, Redis, SSLConnection
from redis.asyncio.connection import AbstractConnection, parse_url
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import (
    MasterNotFoundError,
    SentinelConnectionPool,
    SentinelManagedConnection,
    SentinelManagedSSLConnection,
)
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ReadOnlyError, RedisError, ResponseError

from adapters.redis.failures import ClusterError, RedisFault, fault
from domain.errors import RedisMisconfiguredError

_TIMEOUT_SEC = 1.0
_SENTINEL_TIMEOUT_SEC = 0.5
_SENTINEL_PORT = 26379
_SENTINEL_SCHEMES = {"redis+sentinel": "redis", "rediss+sentinel": "rediss"}

_POSITIVE = ("max_connections", "timeout", "socket_timeout", "socket_connect_timeout")
_FILES = ("ssl_ca_certs", "ssl_ca_path", "ssl_certfile", "ssl_keyfile")
_OPTIONS = {
    *("db", "protocol", "client_name", *_POSITIVE),
    *("socket_keepalive", "health_check_interval", "sentinel_username", "sentinel_password"),
    *(*_FILES, "ssl_password"),
    *("ssl_cert_reqs", "ssl_check_hostname", "ssl_min_version", "ssl_ciphers"),
}
"""The options that a URL's query may set.

redis-py accepts more; some fail at each use, or change what is read.
"""

Address = tuple[str, int]


def connect(url: str) -> Redis:
    """Returns a client that connects on first use, and fails within seconds in an outage.

    Callers block when the pool is exhausted; by default, redis-py would raise as if Redis were
    away. The URL is redis[s]://…/db, or
    redis[s]+sentinel://[user:password@]host:port[,host:port…]/service[/db]. Raises ValueError.
    """
    options: dict[str, Any] = {
        "timeout": _TIMEOUT_SEC,
        "socket_timeout": _TIMEOUT_SEC,
        "socket_connect_timeout": _TIMEOUT_SEC,
        "retry": Retry(NoBackoff(), 1),
    }
    if not is_sentinel(url):
        options |= _options(url)
        options["connection_class"] = _SecuredConnection if "connection_class" in options else _PlainConnection
        return Redis.from_pool(BlockingConnectionPool(**options))
    return Redis.from_pool(_sentinel_pool(url, options))


async def refuse_cluster(url: str) -> None:
    """Raises RedisMisconfiguredError if a cluster node answers.

    A server that is away is accepted; each connection checks again.
    """
    async with connect(url) as redis:
        try:
            await redis.ping()
        except (RedisError, OSError) as error:
            if fault(error) is RedisFault.CLUSTER:
                raise RedisMisconfiguredError(f"REDIS_URL cannot be used: {RedisFault.CLUSTER}") from None


def is_sentinel(url: str) -> bool:
    return url.partition("://")[0] in _SENTINEL_SCHEMES


def check_url(url: str) -> None:
    """Raises ValueError for a URL that can never connect.

    The message contains nothing of the URL.
    """
    parts = urlsplit(url)
    if parse_qs(parts.query, keep_blank_values=True).keys() - _OPTIONS:
        raise ValueError(f"has an unknown option; known options are {', '.join(sorted(_OPTIONS))}")
    if not is_sentinel(url) and not re.fullmatch("/?[0-9]*", parts.path):
        raise ValueError("must end after the host, or with the number of the database")
    options, pool = parse_qs(parts.query), connect(url).connection_pool
    try:
        connection = pool.make_connection()  # type: ignore[no-untyped-call]  # redis-py does not type it
        if isinstance(connection, SSLConnection):
            connection.ssl_context.get()
        is_sound = (
            all(float(value) > 0 for name in _POSITIVE for value in options.get(name, ())) and int(connection.db) >= 0
        )
    except OSError:
        raise ValueError(f"names {_unreadable(options)}") from None
    except (TypeError, ValueError, AttributeError, RedisError):
        is_sound = False
    if not is_sound:
        raise ValueError("has an option with an invalid value")


def _unreadable(options: Mapping[str, list[str]]) -> str:
    for name in _FILES:
        if any(not os.access(path, os.R_OK) for path in options.get(name, ())):
            return f"a file that cannot be read, in {name}"
    return "a file without a certificate or key, or with one that does not match the other, in ssl_…"


class _Single:
    """Rejects cluster nodes, which would serve some keys and always refuse others."""

    async def on_connect_check_health(self, check_health: bool = True) -> None:  # noqa: FBT001, FBT002  # redis-py's own
        await super().on_connect_check_health(check_health)  # type: ignore[misc]  # of AbstractConnection
        assert isinstance(self, AbstractConnection)
        await self.send_command("HELLO", check_health=False)
        with suppress(ResponseError):  # raised by servers before Redis 6
            greeting = await self.read_response()
            if b"cluster" in (greeting.values() if isinstance(greeting, dict) else greeting):
                raise ClusterError


class _Following(_Single):
    """Disconnects from a server that became a replica.

    Resolving its name again finds the primary.
    """

    async def read_response(self, *arguments: Any, **options: Any) -> Any:
        try:
            return await super().read_response(*arguments, **options)  # type: ignore[misc]  # of AbstractConnection
        except ReadOnlyError:
            assert isinstance(self, AbstractConnection)
            await self.disconnect()
            raise RedisConnectionError("the server is a replica now") from None


class _PlainConnection(_Following, Connection):
    pass


class _SecuredConnection(_Following, SSLConnection):
    pass


class _SentinelPool(BlockingConnectionPool, SentinelConnectionPool):
    """Combines one pool's blocking with the other's discovery of the primary."""


class _Sentinels:
    """Asks all sentinels in parallel, so that a hanging one delays nobody.

    Concurrent connections share one search. redis-py's own Sentinel asks one after the other, and
    loses some of them when several connections ask at once.
    """

    def __init__(self, addresses: list[Address], options: dict[str, Any]) -> None:
        self._addresses = addresses
        self._options = options
        self._search: asyncio.Task[Address | MasterNotFoundError] | None = None

    async def discover_master(self, service: str) -> Address:
        if self._search is None or self._search.done():
            self._search = asyncio.create_task(self._primary(service))
        if isinstance(primary := await asyncio.shield(self._search), MasterNotFoundError):
            raise primary
        return primary

    async def _primary(self, service: str) -> Address | MasterNotFoundError:
        asked = [asyncio.create_task(self._ask(host, port, service)) for host, port in self._addresses]
        failures: list[Exception] = []
        try:
            for answered in asyncio.as_completed(asked):
                try:
                    if primary := await answered:
                        return primary
                except (RedisError, OSError) as error:
                    failures.append(error)
        finally:
            for task in asked:
                task.cancel()
            await asyncio.gather(*asked, return_exceptions=True)
        missing = MasterNotFoundError("no sentinel knows a primary that is up")
        missing.__cause__ = failures[0] if len(failures) == len(asked) else None
        return missing

    async def _ask(self, host: str, port: int, service: str) -> Address | None:
        async with Redis(host=host, port=port, **self._options) as sentinel:
            states = await sentinel.sentinel_masters()
        assert isinstance(states, dict)
        state = states.get(service)
        if not state or not state["is_master"] or state["is_sdown"] or state["is_odown"]:
            return None
        return state["ip"], state["port"]


def _sentinel_pool(url: str, options: dict[str, Any]) -> _SentinelPool:
    """Parses the URL with redis-py's parser, with a placeholder for the sentinels."""
    parts = urlsplit(url)
    credentials, _, hosts = parts.netloc.rpartition("@")
    addresses = [_address(host) for host in hosts.split(",")]
    service, _, database = parts.path.removeprefix("/").partition("/")
    if not service or (database and not database.isdecimal()):
        raise ValueError("use redis+sentinel://host:port,host:port/service or …/service/<database number>")
    server = (_SENTINEL_SCHEMES[parts.scheme], f"{credentials}@server", f"/{database}", parts.query, "")
    given = _options(urlunsplit(server))
    del given["host"]
    secured = bool(given.pop("connection_class", None))
    sentinel_options = {name: value for name, value in given.items() if name.startswith("ssl_")} | {
        "username": given.pop("sentinel_username", None),
        "password": given.pop("sentinel_password", None),
        "ssl": secured,
        "socket_timeout": _SENTINEL_TIMEOUT_SEC,
        "socket_connect_timeout": _SENTINEL_TIMEOUT_SEC,
        "retry": Retry(NoBackoff(), 0),
    }
    return _SentinelPool(
        service_name=service,
        sentinel_manager=_Sentinels(addresses, sentinel_options),
        connection_class=SentinelManagedSSLConnection if secured else SentinelManagedConnection,
        **{**options, **given},
    )


def _options(url: str) -> dict[str, Any]:
    """Parses a URL of one server; `connection_class` is set if it asks for TLS."""
    try:
        return {**parse_url(url)}
    except ValueError:
        raise ValueError("cannot be parsed; are user, password and options percent-encoded?") from None


def _address(text: str) -> Address:
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port or _SENTINEL_PORT
    except ValueError:
        host = None
    if not host or parts.path:
        raise ValueError("write each sentinel as host or host:port, separated by commas")
    return host, port
