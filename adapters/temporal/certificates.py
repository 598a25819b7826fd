"""Certificates for Temporal that are renewed on disk.

The SDK reads them only when it connects. So a process exits to use new ones, and its platform
starts it again.
"""

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from temporalio.service import TLSConfig

from adapters.temporal import connection
from adapters.temporal.tls_files import validity
from domain.errors import EngineMisconfiguredError

RESTART = 75
"""The exit code that asks the platform for a restart (EX_TEMPFAIL); some ignore exit code 0."""

_PERIOD = timedelta(seconds=5)
_AUTHORITY_WITHIN = timedelta(hours=1)
"""The longest wait with a new authority, whose certificate the server might use soon."""

_WARNED_EVERY = timedelta(days=1)

log = structlog.get_logger()


class Renewal:
    """Watches the files for changes since it was created.

    Raises EngineMisconfiguredError if they cannot be used at that time.
    """

    def __init__(self) -> None:
        self.is_due = False
        self._loaded = _on_disk()
        self._warned_at: datetime | None = None

    async def follow(self, end: Callable[[], None]) -> None:
        """Logs that newer files should be used, then calls `end`.

        The moment is random, in the first half of the time that the client's certificate has left,
        so that replicas do not exit together. With a new authority it is within an hour. Until
        then it warns once a day of a certificate that expires soon.
        """
        if not self._loaded:
            return
        due: datetime | None = None
        while due is None or datetime.now(UTC) < due:
            self._warn()
            await asyncio.sleep(min(_PERIOD, max(_left_until(due), timedelta())).total_seconds())
            found = await asyncio.to_thread(self._newer)
            due = (due or self._moment(found)) if found else None
        self.is_due = True
        expires = _expiry(self._loaded)
        log.info("temporal_certificates_renewed", used_expires_at=expires.isoformat() if expires else None)
        end()

    def _warn(self) -> None:
        now, valid = datetime.now(UTC), validity(self._loaded)
        is_said = self._warned_at and now - self._warned_at < _WARNED_EVERY
        if not is_said and valid and (what := valid.warning):
            self._warned_at = now
            log.warning("temporal_certificate_expires", what=what)

    def _newer(self) -> TLSConfig | None:
        """Returns the current files if they differ and can be used; half-written files cannot."""
        try:
            found = _on_disk()
        except EngineMisconfiguredError:
            return None
        is_newer = found and self._loaded and _files(found) != _files(self._loaded)
        return found if is_newer else None

    def _moment(self, found: TLSConfig) -> datetime:
        assert self._loaded
        expires, authority = _expiry(self._loaded), self._loaded.server_root_ca_cert
        latest = max(_left_until(expires), timedelta()) / 2
        if not expires or found.server_root_ca_cert != authority:
            latest = min(latest, _AUTHORITY_WITHIN)
        return datetime.now(UTC) + latest * random.random()  # noqa: S311  # no secret


def _on_disk() -> TLSConfig | None:
    tls = connection.configuration().get("tls")
    return tls if isinstance(tls, TLSConfig) else None


def _files(tls: TLSConfig) -> tuple[bytes | None, ...]:
    return tls.server_root_ca_cert, tls.client_cert, tls.client_private_key


def _expiry(tls: TLSConfig) -> datetime | None:
    valid = validity(tls)
    return valid.ends if valid else None


def _left_until(moment: datetime | None) -> timedelta:
    return moment - datetime.now(UTC) if moment else timedelta.max
