"""What owners do by themselves where a draft says nothing: nothing, until the control API says otherwise."""

from pydantic import BaseModel, ConfigDict, field_validator

from simulator.answering.instruction import Order, order_in, parsed
from simulator.answering.prompt import Prompt


class StandingOrder(BaseModel):
    """What the owner at an address does, or everybody; without an instruction they do nothing by themselves."""

    model_config = ConfigDict(extra="forbid")

    instruction: str | None
    address: str | None = None

    @field_validator("instruction")
    @classmethod
    def _understood(cls, written: str | None) -> str | None:
        if written is not None:
            parsed(written)
        return written

    @property
    def key(self) -> str | None:
        return self.address.lower() if self.address else None


class StandingOrders:
    """Those in force; an address's own comes before everybody's."""

    def __init__(self) -> None:
        self.all: list[StandingOrder] = []

    def change(self, order: StandingOrder) -> None:
        """Replace an address's; everybody's replaces all."""
        kept = [other for other in self.all if order.key is not None and other.key != order.key]
        self.all = [*kept, order]

    def order_for(self, prompt: Prompt) -> Order | None:
        """Return what is to be done with a prompt; what its draft says counts first."""
        if found := order_in(prompt.draft):
            return found
        by_key = {order.key: order.instruction for order in self.all}
        written = by_key.get(prompt.address.lower(), by_key.get(None))
        return Order(written, "control", parsed(written)) if written else None
