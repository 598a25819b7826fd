"""What Twilio reports of a prompt's messages: signalled only where it changes something, for each signal costs.

Reports come in any order, again, or not at all.
"""

import asyncio
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import structlog

from domain.candidate import Approver
from domain.deliveries import Report
from domain.errors import UnknownCandidateError
from domain.identifiers import CANDIDATE_ID, PromptAttempt, prompt_key
from domain.temporal_names import SignalName
from engine.calls import WEBHOOK_BUDGET, engine_call
from engine.candidates import CandidateRecord, Candidates
from engine.signalling import Signals
from workflows.signals import Delivery

log = structlog.get_logger()

_OVERTAKING = timedelta(seconds=1)
"""A first report may overtake Twilio's answer to the send: so long later, the workflow has noted the message's id."""

_ON_THE_PHONE = {"delivered", "read"}


class Chats(Protocol):
    """What each chat was last told; a note that Redis does not take is lost."""

    async def arrive(self, chat: Approver, key: str) -> None:
        """Note that a message reached the chat."""

    async def take_back(self, chat: Approver, key: str) -> None:
        """Note that a message did not reach the chat."""


@dataclass(frozen=True)
class DeliveryReport:
    """A report as it came in, with what its URL says of the message."""

    candidate_id: str
    attempt: str
    report: Report


class DeliveryReports:
    def __init__(self, candidates: Candidates, signals: Signals, chats: Chats) -> None:
        self._candidates = candidates
        self._signals = signals
        self._chats = chats

    async def take(self, delivered: DeliveryReport) -> None:
        """Signal a failure, and the first proof that a message exists; raises EngineUnavailableError."""
        if not re.fullmatch(CANDIDATE_ID, delivered.candidate_id) or PromptAttempt.read(delivered.attempt) is None:
            return
        report = delivered.report
        log.info(
            "delivery_reported",
            candidate_id=delivered.candidate_id,
            attempt=delivered.attempt,
            status=report.status,
            error_code=report.error_code,
        )
        async with engine_call(WEBHOOK_BUDGET):
            if await self._is_news(delivered):
                await self._signals.send(
                    delivered.candidate_id,
                    SignalName.DELIVERY,
                    Delivery(delivered.attempt, report.message_id, report.status, report.error_code),
                    request_id=f"{report.message_id}/{'failed' if report.is_failure else 'sent'}",
                )

    async def _is_news(self, delivered: DeliveryReport) -> bool:
        """Whether the report changes something for a candidate that is still open; its chat hears of it in any case."""
        record = await self._open(delivered.candidate_id)
        if record:
            await self._note(record, delivered)
        if record is None or delivered.report.is_failure:
            return record is not None
        if delivered.report.message_id in record.prompt_ids:
            return False
        await asyncio.sleep(_OVERTAKING.total_seconds())
        record = await self._open(delivered.candidate_id)
        return record is not None and delivered.report.message_id not in record.prompt_ids

    async def _note(self, record: CandidateRecord, delivered: DeliveryReport) -> None:
        attempt, approvers = PromptAttempt.read(delivered.attempt), record.candidate.approvers
        if attempt is None or attempt.approver_number > len(approvers):
            return
        chat = approvers[attempt.approver_number - 1]
        key = prompt_key(delivered.candidate_id, chat.channel, attempt)
        if delivered.report.is_failure:
            await self._chats.take_back(chat, key)
        elif delivered.report.status in _ON_THE_PHONE:
            await self._chats.arrive(chat, key)

    async def _open(self, candidate_id: str) -> CandidateRecord | None:
        try:
            record = await self._candidates.read(candidate_id)
        except UnknownCandidateError:
            return None
        return record if record.is_running and record.decision is None else None
