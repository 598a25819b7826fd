"""Counts payloads that no key decrypts.

Each reason is logged once, because only a restart adds a key.
"""

import structlog
from temporalio.common import MetricMeter

from domain.worker_metrics import UNREADABLE_PAYLOADS

log = structlog.get_logger()


class UnreadablePayloads:
    def __init__(self, meter: MetricMeter) -> None:
        self._counter = meter.create_counter(UNREADABLE_PAYLOADS.name, UNREADABLE_PAYLOADS.help)
        self._counter.add(0)
        self._said: set[str] = set()

    def met(self, reason: str) -> None:
        """Records a payload; the reason names the key, and nothing that is encrypted."""
        self._counter.add(1)
        if reason not in self._said:
            self._said.add(reason)
            log.error("payload_unreadable", reason=reason)
