"""How providers and core fail, when told to."""

from pydantic import BaseModel, ConfigDict, Field

from simulator.world import Target


class Fault(BaseModel):
    """How a target misbehaves.

    The effect comes after the delay; with `accept` it comes at once, and takes place even though the answer fails.
    """

    model_config = ConfigDict(extra="forbid")

    target: Target
    delay_sec: float = Field(default=0.0, ge=0)
    status: int | None = Field(default=None, ge=200, le=599)
    code: int | None = None  # Twilio's error code
    headers: dict[str, str] = {}
    body: str | None = None
    accept: bool = False
    hang: bool = False  # never answer, until the caller gives up
    drop: bool = False  # close the connection without an answer
    times: int | None = Field(default=None, ge=1)  # None: until cleared
    match: str | None = None  # only requests that contain this

    @property
    def fails(self) -> bool:
        return self.hang or self.drop or self.status is not None


class Faults:
    """The faults in force; the first that fits a request applies, alone."""

    def __init__(self) -> None:
        self.active: list[Fault] = []

    def take(self, target: Target, content: str) -> Fault:
        """Return the fault for a request and count it, or one that does nothing."""
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
