"""Faults that the control API orders of providers and of core."""

from pydantic import BaseModel, ConfigDict, Field

from simulator.world import Target


class Fault(BaseModel):
    """How a target fails.

    The request takes effect after the delay, unless it fails. With `accept` it takes effect at
    once, even if its answer fails.
    """

    model_config = ConfigDict(extra="forbid")

    target: Target
    delay_sec: float = Field(default=0.0, ge=0)
    status: int | None = Field(default=None, ge=200, le=599)
    code: int | None = None  # Twilio's error code
    headers: dict[str, str] = {}
    body: str | None = None
    accept: bool = False
    hang: bool = False  # does not answer; waits until the caller gives up
    drop: bool = False  # closes the connection without an answer
    times: int | None = Field(default=None, ge=1)  # None: until the fault is cleared
    match: str | None = None  # only requests that contain this text

    @property
    def fails(self) -> bool:
        return self.hang or self.drop or self.status is not None


class Faults:
    """The active faults. Only the first one that matches a request applies."""

    def __init__(self) -> None:
        self.active: list[Fault] = []

    def take(self, target: Target, content: str) -> Fault:
        """Returns the fault for a request and counts it, or a fault that does nothing."""
        for fault in self.active:
            if fault.target == target and (fault.match is None or fault.match in content):
                self._count(fault)
                return fault
        return Fault(target=target)

    def _count(self, fault: Fault) -> None:
        if fault.times is not None:
            fault.times -= 1
            if fault.times == 0:
                self.active.remove(fault)
