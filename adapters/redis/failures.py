"""Explains Redis's failures in our own words.

The library's messages can contain addresses and keys.
"""

import errno
import re
import socket
import ssl
from collections.abc import Iterator
from enum import StrEnum

from redis.asyncio.sentinel import MasterNotFoundError
from redis.exceptions import AskError, AuthenticationError, MovedError, NoPermissionError, RedisError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from domain.errors import RedisUnavailableError


class RedisFault(StrEnum):
    CLUSTER = "it is a node of a Redis Cluster, which the gateway does not support"
    HOST = "its host name cannot be resolved"
    REFUSED = "nothing listens at its address, or a firewall refuses"
    SILENT = "no answer in time"
    CLOSED = "it closes the connection"
    TLS = "the TLS handshake fails"
    UNTRUSTED = "its certificate is signed by an authority that is not trusted here"
    EXPIRED = "its certificate has expired, or is not valid yet"
    ANOTHER_NAME = "its certificate is for another name"
    PASSWORD = "it refuses the user or the password, or asks for one"  # noqa: S105  # none
    PERMISSION = "its user may not use a command, a key or a channel"
    DATABASE = "it has no database with that number"
    NO_PRIMARY = "no sentinel knows a primary that is up"


class ClusterError(RedisConnectionError):
    """The server is a node of a cluster."""


_TYPES: list[tuple[tuple[type[BaseException], ...], RedisFault]] = [
    ((ClusterError, MovedError, AskError), RedisFault.CLUSTER),
    ((socket.gaierror,), RedisFault.HOST),
    ((ssl.SSLError,), RedisFault.TLS),
    ((ConnectionRefusedError,), RedisFault.REFUSED),
    ((ConnectionResetError, BrokenPipeError), RedisFault.CLOSED),
    ((AuthenticationError,), RedisFault.PASSWORD),
    ((NoPermissionError,), RedisFault.PERMISSION),
    ((MasterNotFoundError,), RedisFault.NO_PRIMARY),
    ((RedisTimeoutError,), RedisFault.SILENT),
]
"""The first match counts, because some types are subtypes of others."""

_WORDS = {"closed by server": RedisFault.CLOSED, "DB index is out of range": RedisFault.DATABASE}
"""Parts of messages by redis-py and the server whose type is not specific."""

_REFUSED_EVERYWHERE = f"[Errno {errno.ECONNREFUSED}]"
"""Part of asyncio's error for a name with several addresses, none of which answers."""

_CERTIFICATES = {
    9: RedisFault.EXPIRED,
    10: RedisFault.EXPIRED,
    62: RedisFault.ANOTHER_NAME,
    64: RedisFault.ANOTHER_NAME,
}
"""Faults by OpenSSL's number (X509_V_ERR_…). All other numbers count as UNTRUSTED."""

_COMMAND = re.compile(r"the '([a-z_|]{1,40})' command")


def unavailable(error: Exception) -> RedisUnavailableError:
    """Returns an error with the reason, for operators; it contains no address, key or secret."""
    return RedisUnavailableError(f"Redis cannot be used: {reason(error)}")


def reason(error: BaseException) -> str:
    """Returns what failed, or the error's type if that is unknown."""
    if not (found := fault(error)):
        return type(error).__name__
    command = _COMMAND.search(str(error)) if found is RedisFault.PERMISSION else None
    return f"{found} ({command[1].upper()})" if command else found


def fault(error: BaseException) -> RedisFault | None:
    """Returns the fault of the innermost known cause.

    redis-py wraps the errors of the network and OpenSSL.
    """
    return next((found for cause in _causes(error) if (found := _fault(cause))), None)


def _causes(error: BaseException) -> Iterator[BaseException]:
    causes = [error]
    while cause := causes[-1].__cause__ or causes[-1].__context__:
        causes.append(cause)
    return reversed(causes)


def _fault(error: BaseException) -> RedisFault | None:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _CERTIFICATES.get(error.verify_code, RedisFault.UNTRUSTED)
    for types, found in _TYPES:
        if isinstance(error, types):
            return found
    if isinstance(error, OSError) and _REFUSED_EVERYWHERE in str(error):
        return RedisFault.REFUSED
    said = str(error) if isinstance(error, RedisError) else ""
    return next((found for words, found in _WORDS.items() if words in said), None)
