"""The query parameters of core's routes; unknown ones are rejected, not ignored."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from api.schemas.fields import BrandId
from domain.decision import UNDECIDED, ApprovalState
from engine.candidate_filter import CandidateFilter
from engine.waiting import LONGEST_WAIT

_MOST_ENTRIES = 100
_WANTED_STATE = Literal["open", "new", "prompted", "approved", "edited", "rejected", "expired"]


def _moment(written: object) -> datetime:
    try:
        read = datetime.fromisoformat(str(written))
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise ValueError("use a date and time with a time zone, such as 2026-11-26T10:00:00Z; in a URL, write + as %2B")
    return read


_Moment = Annotated[datetime, BeforeValidator(_moment)]


class NoParameters(BaseModel):
    """Accepts no parameters; also the base of the others."""

    model_config = ConfigDict(extra="forbid")


class CandidateParameters(NoParameters):
    wait: Annotated[
        int,
        Field(
            ge=0,
            le=LONGEST_WAIT.total_seconds(),
            description="seconds to wait for the decision; if none is made, the answer is the current state; "
            "default: 0; HEAD never waits",
        ),
    ] = 0


class ActivityParameters(NoParameters):
    brand_id: Annotated[BrandId | None, Field(description="default: all brands", examples=["b_demo"])] = None
    state: Annotated[
        list[_WANTED_STATE],
        Field(
            description="one or several (`state=open&state=edited`); `open` means `new` and `prompted`; default: all"
        ),
    ] = []
    since: Annotated[_Moment | None, Field(description="only candidates accepted at this time or later")] = None
    until: Annotated[_Moment | None, Field(description="only candidates accepted before this time")] = None
    limit: Annotated[int, Field(ge=1, description="entries per page; default: 50; values over 100 count as 100")] = 50
    cursor: Annotated[
        str | None,
        Field(max_length=4096, description="`next_cursor` of the previous page; use it with the same filters"),
    ] = None

    @property
    def most_entries(self) -> int:
        return min(self.limit, _MOST_ENTRIES)

    def filter(self) -> CandidateFilter:
        named = frozenset(ApprovalState(state) for state in self.state if state != "open")
        opened = frozenset(UNDECIDED) if "open" in self.state else frozenset[ApprovalState]()
        return CandidateFilter(
            brand_id=self.brand_id,
            states=named | opened or frozenset(ApprovalState),
            since=self.since,
            until=self.until,
        )
