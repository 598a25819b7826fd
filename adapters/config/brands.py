"""Each brand's rules, from BRANDS_FILE and the settings; a changed file applies within seconds.

A thread checks and reads the file, so that no request waits for it. A file that is invalid or
incomplete is rejected as a whole: at the start that stops the process, later the last good file
stays in use. A brand that a valid file leaves out keeps its last rules until the process ends,
because otherwise its drafts would go to the fallback owners.
"""

import threading
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from pydantic import ValidationError

from adapters.config.brands_file import BrandRules, BrandsFile, Globals, problem
from adapters.config.problems import ProblemsError
from adapters.redis.slots import Limits, RecipientLimits
from domain.candidate import Approver
from domain.channels import Channel
from domain.owners.brand import Brand

log = structlog.get_logger()

END = "# end"
"""The last line of every file. A truncated file lacks it, even if it is valid TOML."""

_LOOK_EVERY_SEC = 1.0
_LARGEST = 1024 * 1024

_BUSY_BRANDS = 4
"""This many brands of one owner can use up their limits at once.

The recipient's limits override it.
"""

_Stamp = tuple[int, ...]


class BrandsFileError(ProblemsError):
    """The file cannot be used. Each problem names its brand and key."""


@dataclass(frozen=True)
class _Snapshot:
    brands: Mapping[str, Brand]
    limits: Mapping[str, Mapping[Channel, Limits]]
    owners: frozenset[Approver]
    recipient: RecipientLimits
    vanished: frozenset[str] = frozenset()
    """Brands that are kept although the file no longer has them."""


class Brands:
    def __init__(self, path: Path | None, globals_: Globals) -> None:
        """Reads the file; raises BrandsFileError."""
        self._path = path
        self._globals = globals_
        self._others = Brand(
            tuple(globals_.channels),
            {channel: (owner,) for channel, owner in globals_.fallback_owners.items()},
            name=globals_.brand_name,
            time_zone=globals_.time_zone,
        )
        self._stamp = self._seen = _stamp(path) if path else None
        self._snapshot = self._read()
        self._is_refused = False

    def of(self, brand_id: str) -> Brand:
        return self._snapshot.brands.get(brand_id, self._others)

    def is_owner(self, approver: Approver) -> bool:
        """Returns whether the settings or the file list this approver as an owner of any brand."""
        return approver in self._snapshot.owners

    def limits(self, brand_id: str, channel: Channel) -> Limits:
        return self._snapshot.limits.get(brand_id, self._globals.limits)[channel]

    def recipient_limits(self) -> RecipientLimits:
        """Returns the limits per recipient, over all brands.

        The default is enough for four of the busiest brands.
        """
        return self._snapshot.recipient

    def vanished(self) -> int:
        """Returns how many brands are kept although the file leaves them out."""
        return len(self._snapshot.vanished)

    def state(self) -> str:
        """Returns the state of the file, without its content."""
        if self._path is None:
            return "off"
        if self._is_refused:
            return "the last good file is in use: the changed one is rejected; see the log"
        if gone := self.vanished():
            return f"brands that are gone from the file: {gone}; their last rules apply until a restart; see the log"
        return "ok"

    @contextmanager
    def followed(self) -> Iterator[None]:
        """Checks the file every second while entered, in a thread."""
        if self._path is None:
            yield
            return
        ended = threading.Event()
        thread = threading.Thread(target=self._follow, args=(ended,), name="brands-file", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join(timeout=_LOOK_EVERY_SEC)  # a hanging file system must not keep the process alive

    def look(self) -> None:
        """Reads the file if it has changed, and has not changed again since the previous check."""
        if self._path is None or (stamp := _stamp(self._path)) == self._stamp:
            return
        if stamp == self._seen:
            self._stamp = stamp
            self._reload()
        self._seen = stamp

    def _follow(self, ended: threading.Event) -> None:
        while not ended.wait(_LOOK_EVERY_SEC):
            try:
                self.look()
            except Exception:  # the next check still happens
                log.exception("brands_file_check_failed")

    def _reload(self) -> None:
        try:
            read = self._read()
        except BrandsFileError as error:
            self._is_refused = True
            log.error("brands_file_rejected", problems=error.problems)  # noqa: TRY400  # a stack trace adds nothing
            return
        self._is_refused = False
        log.info("brands_file_read", brands=len(read.brands))
        if gone := self._snapshot.brands.keys() - read.brands.keys():
            log.error("brands_vanished", brands=sorted(gone))
        self._snapshot = self._with_vanished(read)

    def _with_vanished(self, read: _Snapshot) -> _Snapshot:
        brands = {**self._snapshot.brands, **read.brands}
        limits = {**self._snapshot.limits, **read.limits}
        return _Snapshot(
            brands,
            limits,
            owners=self._owners(brands),
            recipient=self._recipient(limits),
            vanished=frozenset(self._snapshot.brands.keys() - read.brands.keys()),
        )

    def _read(self) -> _Snapshot:
        rules = _parse(self._path, self._globals).brands if self._path else {}
        brands = {brand_id: self._brand(rule) for brand_id, rule in rules.items()}
        limits = {brand_id: self._limits(rule) for brand_id, rule in rules.items()}
        return _Snapshot(brands, limits, self._owners(brands), self._recipient(limits))

    def _owners(self, brands: Mapping[str, Brand]) -> frozenset[Approver]:
        every = [self._others, *brands.values()]
        return frozenset(owner for brand in every for listed in brand.owners.values() for owner in listed)

    def _brand(self, rules: BrandRules) -> Brand:
        """Returns a brand. The fallback owners are only for brands that list no owners."""
        owners = {channel: listed for channel in Channel if (listed := tuple(rules.on(channel).owners))}
        bounds = {
            "deadline": rules.deadline_sec,
            "shortest_deadline": rules.min_deadline_sec,
            "longest_deadline": rules.max_deadline_sec,
        }
        return replace(
            self._others,
            channels=tuple(rules.channels or self._globals.channels),
            owners=owners or self._others.owners,
            owners_only=rules.owners_only,
            name=rules.name or self._others.name,
            time_zone=ZoneInfo(rules.time_zone) if rules.time_zone else self._others.time_zone,
            longest_posts=rules.longest,
            **{name: timedelta(seconds=seconds) for name, seconds in bounds.items() if seconds},
        )

    def _limits(self, rules: BrandRules) -> dict[Channel, Limits]:
        return {channel: rules.on(channel).limits(self._globals.limits[channel]) for channel in Channel}

    def _recipient(self, brands: Mapping[str, Mapping[Channel, Limits]]) -> RecipientLimits:
        every = [limits for of_brand in [self._globals.limits, *brands.values()] for limits in of_brand.values()]
        refill_per_hour = 60 * max(limits.refill_per_minute for limits in every)
        return RecipientLimits(
            self._globals.recipient_capacity or _BUSY_BRANDS * max(limits.capacity for limits in every),
            self._globals.recipient_refill_per_hour or _BUSY_BRANDS * refill_per_hour,
            self._globals.recipient_spacing,
        )


def _stamp(path: Path) -> _Stamp | None:
    """Identifies a version of the file, even behind a switched symlink; None if it is missing."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino, status.st_dev


def _parse(path: Path, globals_: Globals) -> BrandsFile:
    try:
        return BrandsFile.model_validate(tomllib.loads(_complete(path)), context=globals_)
    except BrandsFileError:
        raise
    except ValidationError as error:
        raise BrandsFileError([problem(detail) for detail in error.errors(include_input=False)]) from None
    except OSError as error:
        raise BrandsFileError([f"cannot be read: {error.strerror}"]) from None
    except (ValueError, RecursionError) as error:
        raise BrandsFileError([f"is not TOML in UTF-8: {error}"]) from None


def _complete(path: Path) -> str:
    """Reads the file; rejects one that is too long or incomplete."""
    with path.open("rb") as file:
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise BrandsFileError([f"is longer than {_LARGEST} bytes"])
    text = content.decode("utf-8")
    if text.rstrip().rpartition("\n")[2].strip() != END:
        raise BrandsFileError([f"must have `{END}` as its last line: a file without it may be incomplete"])
    return text
