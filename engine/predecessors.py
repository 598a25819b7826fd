"""Reads and withdraws, for the worker, candidates that others replace."""

from collections.abc import Sequence

from domain import identifiers
from domain.candidate import Approver
from domain.core_withdrawal import CoreWithdrawal
from domain.errors import UnknownCandidateError
from domain.predecessor import Predecessor
from domain.temporal_names import SignalName
from engine.candidates import CandidateRecord, Candidates
from engine.signaling import Signals


class EnginePredecessors:
    """Satisfies the activities' Predecessors."""

    def __init__(self, candidates: Candidates, signals: Signals) -> None:
        self._candidates = candidates
        self._signals = signals

    async def read(self, candidate_id: str) -> Predecessor | None:
        try:
            run = await self._candidates.describe(candidate_id)
        except UnknownCandidateError:
            return None
        record = await CandidateRecord.of(run)
        left: list[str] = await run.memo_value(identifiers.MEMO_LEFT, [], type_hint=list[str])
        approvers = record.candidate.approvers
        return Predecessor(
            candidate=record.candidate,
            decision=record.decision,
            has_ended=not record.is_running,
            took_place=await run.memo_value(identifiers.MEMO_PLACE, None, type_hint=bool),
            asked=[approver for approver in approvers if record.has_asked([approver])],
            left=[approver for approver in approvers if str(approver) in left],
        )

    async def withdraw(self, candidate_id: str, successor_id: str, approvers: Sequence[Approver]) -> None:
        wish = CoreWithdrawal.in_favor_of(successor_id, approvers)
        request_id = identifiers.withdrawal_request(successor_id)
        await self._signals.send(candidate_id, SignalName.WITHDRAW, wish, request_id)
