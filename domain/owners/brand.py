"""The settings of one brand: whom to ask, on which channels and for how long, and its name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from domain.candidate import Approver, Platform
from domain.channels import Channel


@dataclass(frozen=True)
class Brand:
    """`owners` are asked if a candidate names nobody; with `owners_only` it can name nobody else.

    `longest_posts` contains the platforms with a limit for this brand that differs from the usual
    one.
    """

    channels: tuple[Channel, ...]
    owners: Mapping[Channel, tuple[Approver, ...]]
    owners_only: bool = False
    deadline: timedelta | None = None
    shortest_deadline: timedelta = timedelta(0)
    longest_deadline: timedelta = timedelta.max
    name: str | None = None
    time_zone: tzinfo | None = None
    longest_posts: Mapping[Platform, int] = field(default_factory=dict)

    def may_ask(self, approver: Approver) -> bool:
        owners = self.owners.get(approver.channel, ())
        return not self.owners_only or any(form in owners for form in approver.forms)

    def time_to_decide(self, wanted: timedelta, *, is_named: bool) -> timedelta:
        """Returns the time that the candidate or the brand names, within the brand's bounds."""
        time = wanted if is_named else self.deadline or wanted
        return min(max(time, self.shortest_deadline), self.longest_deadline)

    def utc_offset_at(self, moment: datetime) -> timedelta | None:
        """Returns the brand's offset from UTC at a moment; None without a time zone."""
        return moment.astimezone(self.time_zone).utcoffset() if self.time_zone else None
