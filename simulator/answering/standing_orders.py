"""What owners do with a draft that has no instruction: nothing, until the control API orders it."""

from pydantic import BaseModel, ConfigDict, field_validator

from simulator.answering.instruction import Order, order_in, parsed
from simulator.answering.prompt import Prompt


class StandingOrder(BaseModel):
    """What the owner at an address does, or every owner; None: they answer nothing."""

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
    """The active orders; an order for an address counts before the order for everybody."""

    def __init__(self) -> None:
        self.all: list[StandingOrder] = []

    def change(self, order: StandingOrder) -> None:
        """Replaces the order for an address; an order for everybody replaces all."""
        kept = [other for other in self.all if order.key is not None and other.key != order.key]
        self.all = [*kept, order]

    def order_for(self, prompt: Prompt) -> Order | None:
        """Returns the order for a prompt; its draft's own instruction counts first."""
        if found := order_in(prompt.draft):
            return found
        by_key = {order.key: order.instruction for order in self.all}
        written = by_key.get(prompt.address.lower(), by_key.get(None))
        return Order(written, "control", parsed(written)) if written else None
