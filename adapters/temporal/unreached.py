"""Explains why a connection to Temporal fails, from TLS alerts and the SDK's errors."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

from adapters.temporal import tls_files
from adapters.temporal.tls_files import Tls
from domain.engine_states import EngineState, by_alert, by_connection_error
from domain.errors import EngineUnreachedError

T = TypeVar("T")

_TRIES = 5
"""With TLS 1.3 the SDK sends its first request before the server refuses the client's certificate.

If the request arrives at a closed connection, the alert with the reason is lost.
"""

_ANSWER_SEC = 4.0
"""For a new connection and its first call, after which Temporal is away.

It is less than the doctor waits.
"""

_KEPT_SEC = 5.0
_PATIENCE_SEC = 1.0
"""The caller whose call failed also waits for the explanation."""

_ALERT = re.compile(r"received fatal alert: (\w+)")
_CUT_OFF = re.compile(r"Status \{ code: (Unknown|Cancelled), .*tonic::transport::Error")
"""The SDK's error for a request whose connection was closed."""

_CLOSED = (
    "it closes connections after the TLS handshake, "
    "as if the client certificate were missing, expired or from an unknown authority"
)

_OF_SERVER = re.compile(r"InvalidCertificate\((\w+)")
_SERVERS = {
    "UnknownIssuer": "its authority is unknown: check TEMPORAL_TLS_SERVER_CA_CERT_PATH",
    "NotValidForName": "it is for another name: check TEMPORAL_TLS_SERVER_NAME and TEMPORAL_ADDRESS",
    "NotValidForNameContext": "it is for another name: check TEMPORAL_TLS_SERVER_NAME and TEMPORAL_ADDRESS",
    "Expired": "it has expired",
    "ExpiredContext": "it has expired",
    "NotValidYet": "it is not valid yet",
    "NotValidYetContext": "it is not valid yet",
}


async def tried(connect: Callable[[], Awaitable[T]], tls: Tls) -> T:
    """Connects, and retries if the server closed the connection without giving a reason.

    Raises EngineUnreachedError.
    """
    for tries_left in reversed(range(_TRIES)):
        try:
            async with asyncio.timeout(_ANSWER_SEC):
                return await connect()
        except TimeoutError as error:
            reason = f"no answer on a new connection within {_ANSWER_SEC:g} s"
            raise EngineUnreachedError(EngineState.AWAY, reason) from error
        except RuntimeError as error:
            if not (tries_left and tls and _is_cut_off(str(error))):
                raise explained(str(error), tls) from error
    raise AssertionError("the last try returns or raises")


def explained(error: str, tls: Tls) -> EngineUnreachedError:
    """Returns what the SDK's error means for a client with these files."""
    if refused := _OF_SERVER.search(error):
        return EngineUnreachedError(EngineState.UNTRUSTED_SERVER, _SERVERS.get(refused[1], refused[1]))
    alert = _ALERT.search(error)
    state = by_alert(alert[1]) if alert else None
    if tls and (state or _is_cut_off(error)):
        return _by_certificate(state, f"its TLS alert is {alert[1]}" if alert else _CLOSED, tls)
    return EngineUnreachedError(by_connection_error(error), error)


def _by_certificate(state: EngineState | None, reason: str, tls: Tls) -> EngineUnreachedError:
    valid = tls_files.validity(tls)
    if valid and valid.ends <= datetime.now(UTC):
        return EngineUnreachedError(EngineState.EXPIRED_CERTIFICATE, tls_files.expired(valid.ends))
    if state and not valid:
        state = EngineState.NO_CERTIFICATE
    return EngineUnreachedError(state or EngineState.AWAY, reason)


def _is_cut_off(error: str) -> bool:
    return bool(_CUT_OFF.search(error) and not _ALERT.search(error))


class Explanation:
    """Connects again to find out why calls fail; callers within 5 s share one answer."""

    def __init__(self, connect: Callable[[], Awaitable[object]] | None) -> None:
        self._connect = connect
        self._lock = asyncio.Lock()
        self._found: EngineUnreachedError | None = None
        self._asked_at: float | None = None

    async def __call__(self) -> EngineUnreachedError | None:
        if not self._connect:
            return None
        async with self._lock:
            if self._asked_at is None or time.monotonic() - self._asked_at > _KEPT_SEC:
                self._found = await self._ask(self._connect)
                self._asked_at = time.monotonic()
            return self._found

    @staticmethod
    async def _ask(connect: Callable[[], Awaitable[object]]) -> EngineUnreachedError | None:
        try:
            async with asyncio.timeout(_PATIENCE_SEC):
                await connect()
        except EngineUnreachedError as error:
            return error
        except TimeoutError:
            pass
        return None
