"""Payloads that no key decrypts: said in the log once for each reason, for only a restart brings a key, and counted."""

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
        """Note one; the reason names the key, and nothing of what is encrypted."""
        self._counter.add(1)
        if reason not in self._said:
            self._said.add(reason)
            log.error("payload_unreadable", reason=reason)
