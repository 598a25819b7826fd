"""The activities of what the gateway is held against: they return at once."""

import json
import socket
import time
from dataclasses import dataclass

from temporalio import activity


@dataclass(frozen=True)
class Draft:
    """As much as a workflow is given of a candidate."""

    id: str
    text: str


class FloorActivities:
    """Return at once; prompt and report tell the benchmark when they ran."""

    def __init__(self, notices_port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._address = ("127.0.0.1", notices_port)

    @activity.defn
    async def take_slot(self, draft: Draft) -> bool:  # noqa: ARG002  # as much as the gateway's is given
        return True

    @activity.defn
    async def send_prompt(self, draft: Draft) -> str:
        self._tell("arrived", draft)
        return f"SM{draft.id}"

    @activity.defn
    async def report(self, draft: Draft) -> None:
        self._tell("reported", draft)

    def _tell(self, kind: str, draft: Draft) -> None:
        self._socket.sendto(json.dumps([kind, draft.id, time.time()]).encode(), self._address)
