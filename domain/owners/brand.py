"""What holds for one brand: who is asked, on which channels, for how long, and how the brand is shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from domain.candidate import Approver, Platform
from domain.channels import Channel


@dataclass(frozen=True)
class Brand:
    """`owners` are asked where a candidate names nobody; with `owners_only` it may name nobody else.

    `longest_posts` has the platforms that take longer or shorter posts of this brand than of others.
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
        """Bring what a candidate names, or else the brand's own, within the brand's bounds."""
        time = wanted if is_named else self.deadline or wanted
        return min(max(time, self.shortest_deadline), self.longest_deadline)

    def utc_offset_at(self, moment: datetime) -> timedelta | None:
        """How far the brand's clocks are from UTC at a moment; None without a time zone."""
        return moment.astimezone(self.time_zone).utcoffset() if self.time_zone else None
