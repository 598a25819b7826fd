"""The activities of the floor and the textbook; they return at once."""

import json
import socket
import time
from dataclasses import dataclass

from temporalio import activity


@dataclass(frozen=True)
class FloorCandidate:
    """What their workflows receive of a candidate."""

    id: str
    text: str


class FloorActivities:
    """Returns at once; send_prompt and deliver_decision notify the benchmark."""

    def __init__(self, notices_port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._address = ("127.0.0.1", notices_port)

    @activity.defn
    async def take_slot(self, draft: FloorCandidate) -> bool:  # noqa: ARG002  # it receives as much as the gateway's
        return True

    @activity.defn
    async def send_prompt(self, draft: FloorCandidate) -> str:
        self._tell("arrived", draft)
        return f"SM{draft.id}"

    @activity.defn
    async def deliver_decision(self, draft: FloorCandidate) -> None:
        self._tell("delivered", draft)

    def _tell(self, kind: str, draft: FloorCandidate) -> None:
        self._socket.sendto(json.dumps([kind, draft.id, time.time()]).encode(), self._address)
