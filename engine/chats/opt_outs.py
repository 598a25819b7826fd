"""Ends an owner's open candidates in a chat that wants no more prompts, and tells operators."""

from collections.abc import Callable, Sequence

import structlog

from domain.candidate import Approver, Candidate
from domain.conversation.subjects import Subject
from domain.temporal_names import SignalName
from engine.candidates import Candidates
from engine.chats.open_prompts import OpenPrompts
from engine.signaling import Signals
from workflows.signals import OptOut

log = structlog.get_logger()


class OptOuts:
    """Does not prevent later sends; the provider received the same message, and refuses them."""

    def __init__(
        self, candidates: Candidates, prompts: OpenPrompts, signals: Signals, on_opt_out: Callable[[], None]
    ) -> None:
        self._candidates = candidates
        self._prompts = prompts
        self._signals = signals
        self._on_opt_out = on_opt_out

    async def concern(self, senders: Sequence[Approver]) -> list[Candidate]:
        """Returns the open candidates that are addressed to somebody in this chat."""
        return [record.candidate for record in await self._prompts.addressed(senders)]

    async def end(self, concerned: Subject | None, senders: Sequence[Approver], message_key: str) -> None:
        """Ends these candidates in this chat; a redelivery has no second effect."""
        self._on_opt_out()
        log.warning("owner_opted_out", channel=senders[0].channel)
        for candidate_id in (concerned.candidate_id, *concerned.ended) if concerned else ():
            record = await self._candidates.find(candidate_id)
            sender = record and record.approver_among(senders)
            if record is None or sender is None:
                continue
            if not record.has_opted_out(senders) or self._signals.may_add(record):
                wish, request_id = OptOut(str(sender)), f"{message_key}/stop"
                await self._signals.send(candidate_id, SignalName.OPT_OUT, wish, request_id)
