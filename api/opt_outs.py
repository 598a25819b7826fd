"""Owners who want to be asked nothing more in a chat: what is open for them there ends, and operators learn of it."""

from collections.abc import Callable

import structlog

from api.open_prompts import OpenPrompts
from api.signalling import Signals
from domain.candidate import Approver
from workflows.approval import ApprovalWorkflow
from workflows.signals import OptOut

log = structlog.get_logger()


class OptOuts:
    """What is sent to them later is the provider's to refuse: it has heard the same word."""

    def __init__(self, prompts: OpenPrompts, signals: Signals, on_opt_out: Callable[[], None]) -> None:
        self._prompts = prompts
        self._signals = signals
        self._on_opt_out = on_opt_out

    async def end(self, senders: tuple[Approver, ...], message_key: str) -> list[str]:
        """End what is open for somebody in this chat; returns the candidates. Repeatable for the same message."""
        self._on_opt_out()
        log.warning("owner_opted_out", channel=senders[0].channel)
        ended = []
        for record in await self._prompts.addressed(senders):
            sender = next((sender for sender in senders if sender in record.candidate.approvers), None)
            if sender and await self._signals.send(
                record.candidate.id, str(ApprovalWorkflow.opt_out.__name__), OptOut(str(sender)), f"{message_key}/stop"
            ):
                ended.append(record.candidate.id)
        return ended
