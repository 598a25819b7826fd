"""What holds for each brand, from BRANDS_FILE over the settings; a changed file holds from its next use.

Nothing watches the file: whoever asks for a brand looks whether it has changed. A file that is not sound is refused as
a whole: at the start that stops the process, later the last good one stays.
"""

import time
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import structlog
from pydantic import ValidationError

from adapters.brands_file import BrandRules, BrandsFile, Globals, problem
from adapters.problems import ProblemsError
from adapters.redis_slots import Limits, RecipientLimits
from domain.brand import Brand
from domain.candidate import Approver, Channel

log = structlog.get_logger()

_SETTLED_SEC = 1.0
"""A file that was written a moment ago may not be written to its end."""

_BUSY_BRANDS = 4
"""So many brands of one owner may use up their limits at once, unless the recipient's limits are set."""

_Stamp = tuple[int, ...]


class BrandsFileError(ProblemsError):
    """The file cannot be used; the place of a problem is its brand and key."""


@dataclass(frozen=True)
class _Snapshot:
    brands: Mapping[str, Brand]
    limits: Mapping[str, Mapping[Channel, Limits]]
    owners: frozenset[Approver]
    recipient: RecipientLimits


class Brands:
    def __init__(self, path: Path | None, globals_: Globals, clock: Callable[[], float] = time.time) -> None:
        """Read the file; raises BrandsFileError."""
        self._path = path
        self._clock = clock
        self._globals = globals_
        self._others = Brand(
            tuple(globals_.channels), {channel: (owner,) for channel, owner in globals_.fallback_owners.items()}
        )
        self._stamp = _stamp(path) if path else None
        self._snapshot = self._read()
        self._is_refused = False

    def of(self, brand_id: str) -> Brand:
        return self._current().brands.get(brand_id, self._others)

    def is_owner(self, approver: Approver) -> bool:
        """Whether somebody is asked for any brand, without being named by a candidate."""
        return approver in self._current().owners

    def limits(self, brand_id: str, channel: Channel) -> Limits:
        return self._current().limits.get(brand_id, self._globals.limits)[channel]

    def recipient_limits(self) -> RecipientLimits:
        """What holds for each recipient, over all brands; by default what several of the busiest may need."""
        return self._current().recipient

    def state(self) -> str:
        """Say how the file is, without its content."""
        if self._path is None:
            return "off"
        self._current()
        return "the last good file holds: it was changed, and is refused; see the log" if self._is_refused else "ok"

    def _current(self) -> _Snapshot:
        """Give what holds now; costs a look at the file's status, and its reading only when that has changed."""
        if self._path and (stamp := _stamp(self._path)) != self._stamp and self._is_settled(stamp):
            self._stamp = stamp
            self._reload()
        return self._snapshot

    def _is_settled(self, stamp: _Stamp | None) -> bool:
        """A moment in the future is another clock's, and says nothing."""
        return stamp is None or not 0 <= self._clock() - stamp[0] / 1e9 < _SETTLED_SEC

    def _reload(self) -> None:
        try:
            self._snapshot = self._read()
        except BrandsFileError as error:
            self._is_refused = True
            log.error("brands_file_refused", problems=error.problems)  # noqa: TRY400  # a stack says nothing here
        else:
            self._is_refused = False
            log.info("brands_file_read", brands=len(self._snapshot.brands))

    def _read(self) -> _Snapshot:
        rules = _parse(self._path, self._globals).brands if self._path else {}
        brands = {brand_id: self._brand(rule) for brand_id, rule in rules.items()}
        limits = {brand_id: self._limits(rule) for brand_id, rule in rules.items()}
        owners = {o for brand in [self._others, *brands.values()] for listed in brand.owners.values() for o in listed}
        return _Snapshot(brands, limits, frozenset(owners), self._recipient(limits))

    def _brand(self, rules: BrandRules) -> Brand:
        """A brand that lists owners has no others: the fallback owners are for brands that list none."""
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
    """Tell one state of the file from another, also behind a link that was switched; None if it is not there."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino, status.st_dev


def _parse(path: Path, globals_: Globals) -> BrandsFile:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        return BrandsFile.model_validate(content, context=globals_)
    except ValidationError as error:
        raise BrandsFileError([problem(detail) for detail in error.errors(include_input=False)]) from None
    except OSError as error:
        raise BrandsFileError([f"cannot be read: {error.strerror}"]) from None
    except (ValueError, RecursionError) as error:
        raise BrandsFileError([f"is no TOML in UTF-8: {error}"]) from None
