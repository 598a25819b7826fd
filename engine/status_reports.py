"""Twilio's status reports on the messages of a prompt.

They arrive in any order, more than once, or not at all. Each signal has a cost, so a report is
signaled only if it changes something.
"""

import asyncio
import re
from datetime import timedelta
from typing import Protocol

import structlog

from domain.candidate import Approver
from domain.identifiers import CANDIDATE_ID, PromptAttempt, prompt_key
from domain.sending.status_reports import StatusReport
from domain.temporal_names import SignalName
from engine.calls import engine_call, webhook_budget
from engine.candidates import CandidateRecord, Candidates
from engine.signaling import Signals
from workflows.signals import AttemptStatus

log = structlog.get_logger()

_OVERTAKING = timedelta(seconds=1)
"""A first report can overtake the response to the send; after this, the workflow knows the id."""

_ON_THE_PHONE = {"delivered", "read"}


class ArrivalNotes(Protocol):
    """What each chat was last told; a note that Redis does not accept is lost."""

    async def arrive(self, chat: Approver, key: str) -> None:
        """Notes that a message reached the chat."""

    async def take_back(self, chat: Approver, key: str) -> None:
        """Notes that a message did not reach the chat."""


class StatusReports:
    def __init__(self, candidates: Candidates, signals: Signals, arrivals: ArrivalNotes) -> None:
        self._candidates = candidates
        self._signals = signals
        self._arrivals = arrivals

    async def take(self, candidate_id: str, attempt_text: str, report: StatusReport) -> None:
        """Signals a failure, and the first proof that a message exists.

        The URL that Twilio called names the candidate and the attempt to send its prompt. Raises
        EngineUnavailableError.
        """
        attempt = PromptAttempt.read(attempt_text)
        if attempt is None or not re.fullmatch(CANDIDATE_ID, candidate_id):
            return
        log.info(
            "status_reported",
            candidate_id=candidate_id,
            attempt=attempt_text,
            status=report.status,
            error_code=report.error_code,
        )
        async with engine_call(webhook_budget()):
            if await self._is_news(candidate_id, attempt, report):
                await self._signals.send(
                    candidate_id,
                    SignalName.DELIVERY,
                    AttemptStatus(attempt_text, report.message_id, report.status, report.error_code),
                    request_id=f"{report.message_id}/{'failed' if report.is_failure else 'sent'}",
                )

    async def _is_news(self, candidate_id: str, attempt: PromptAttempt, report: StatusReport) -> bool:
        """Returns whether a report changes an open candidate; notes it for the chat anyway."""
        record = await self._open(candidate_id)
        if record is None:
            return False
        await self._note(record, attempt, report)
        if not self._signals.may_add(record):
            return False
        if report.is_failure:
            return True
        if report.message_id in record.prompt_ids.message_ids:
            return False
        await asyncio.sleep(_OVERTAKING.total_seconds())
        record = await self._open(candidate_id)
        return record is not None and report.message_id not in record.prompt_ids.message_ids

    async def _note(self, record: CandidateRecord, attempt: PromptAttempt, report: StatusReport) -> None:
        approvers = record.candidate.approvers
        if attempt.approver_number > len(approvers):
            return
        chat = approvers[attempt.approver_number - 1]
        key = prompt_key(record.candidate.id, chat.channel, attempt)
        if report.is_failure:
            await self._arrivals.take_back(chat, key)
        elif report.status in _ON_THE_PHONE:
            await self._arrivals.arrive(chat, key)

    async def _open(self, candidate_id: str) -> CandidateRecord | None:
        record = await self._candidates.find(candidate_id)
        return record if record and record.is_open else None
