"""Requests that wait for decisions, each on its own connection, repeated until there is one."""

import asyncio
import json
import re
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from tests.harness.stack import CORE_SECRET

LONGEST_SEC = 50
_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class TimedAnswer:
    """When the answer to a wait arrived, and the entry in it."""

    arrived_at: float
    entry: dict[str, Any]

    @property
    def since_decision(self) -> float:
        """Seconds since the moment of decision, by the workflow's clock."""
        return self.arrived_at - datetime.fromisoformat(self.entry["decided_at"]).timestamp()


async def waited(url: str, candidate_id: str) -> TimedAnswer:
    """Waits until a candidate is decided, or the api closes the connection after an answer."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    request = (
        f"GET /candidate/{candidate_id}?wait={LONGEST_SEC} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        f"Authorization: Bearer {CORE_SECRET}\r\n\r\n"
    ).encode()
    try:
        while True:
            writer.write(request)
            head = await reader.readuntil(_END_OF_HEAD)
            if not head.startswith(b"HTTP/1.1 200 ") or not (length := _LENGTH.search(head)):
                raise RuntimeError(head.decode())
            entry = json.loads(await reader.readexactly(int(length[1])))
            answer = TimedAnswer(time.time(), entry)
            if entry["decision"] or b"connection: close" in head.lower():
                return answer
    finally:
        writer.close()
