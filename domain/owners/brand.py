"""What holds for one brand: who is asked, on which channels, and for how long."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from domain.candidate import Approver
from domain.channels import Channel


@dataclass(frozen=True)
class Brand:
    """`owners` are asked where a candidate names nobody; with `owners_only` it may name nobody else."""

    channels: tuple[Channel, ...]
    owners: Mapping[Channel, tuple[Approver, ...]]
    owners_only: bool = False
    deadline: timedelta | None = None
    shortest_deadline: timedelta = timedelta(0)
    longest_deadline: timedelta = timedelta.max

    def may_ask(self, approver: Approver) -> bool:
        owners = self.owners.get(approver.channel, ())
        return not self.owners_only or any(form in owners for form in approver.forms)

    def time_to_decide(self, wanted: timedelta, *, is_named: bool) -> timedelta:
        """Bring what a candidate names, or else the brand's own, within the brand's bounds."""
        time = wanted if is_named else self.deadline or wanted
        return min(max(time, self.shortest_deadline), self.longest_deadline)
