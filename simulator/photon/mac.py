"""The Mac that the sidecar runs on: its account and its database of messages."""

import time
from dataclasses import dataclass, field


@dataclass
class Mac:
    """A message's id is the number of its row, which begins with 1 on each Mac."""

    account: str | None = None
    began_at: float = field(default_factory=time.time)
    unread: list[dict[str, object]] = field(default_factory=list)
    _rows: int = 0

    def next_row(self) -> str:
        self._rows += 1
        return str(self._rows)

    def receive(self, message: dict[str, object]) -> None:
        if message not in self.unread:
            self.unread.append(message)
