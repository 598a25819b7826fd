"""WhatsApp's window: a business can write freely for 24 hours after an owner's last message."""

from pydantic import BaseModel, ConfigDict

from simulator.settings import WhatsAppAddress

OUTSIDE_WINDOW = 63016


class WindowChange(BaseModel):
    """Opens or closes the window of one owner, or of all."""

    model_config = ConfigDict(extra="forbid")

    open: bool
    address: WhatsAppAddress | None = None


class Windows:
    """The open windows. All are open until the control API closes them; no clock does."""

    def __init__(self) -> None:
        self._open = True
        self._of: dict[str, bool] = {}

    def change(self, change: WindowChange) -> None:
        if change.address is not None:
            self._of[change.address] = change.open
        else:
            self._open = change.open
            self._of.clear()

    def is_open(self, address: str) -> bool:
        return self._of.get(address, self._open)
