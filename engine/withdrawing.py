"""Withdraws a candidate for core with one signal, and checks whether one can be replaced."""

from domain.core_withdrawal import CORE, CoreWithdrawal
from domain.decision import CORE_WITHDRAWN, Outcome
from domain.errors import DecidedCandidateError, NothingToReplaceError
from domain.identifiers import withdrawal_request
from domain.submission import Submission
from domain.temporal_names import SignalName
from engine.candidates import CandidateRecord, Candidates
from engine.signaling import Signals


class Withdrawing:
    def __init__(self, candidates: Candidates, signals: Signals) -> None:
        self._candidates = candidates
        self._signals = signals

    async def withdraw(self, candidate_id: str) -> None:
        """Returns once Temporal has the withdrawal, or had it before; needs no worker.

        Raises UnknownCandidateError, DecidedCandidateError and EngineUnavailableError.
        """
        while True:
            record = await self._candidates.read(candidate_id)
            if record.decision and record.decision.decider == CORE_WITHDRAWN:
                return
            if not record.is_open:
                raise _too_late(record)
            # If the run has ended since it was read, the loop reads it again.
            if await self._signals.send(
                candidate_id, SignalName.WITHDRAW, CoreWithdrawal(CORE), request_id=withdrawal_request()
            ):
                return


def weigh_replacement(submission: Submission, old: CandidateRecord | None) -> None:
    """Raises an error if a candidate cannot replace the old one, which is None if it is unknown.

    Raises NothingToReplaceError and DecidedCandidateError. An undecided or expired candidate can be
    replaced. If several candidates replace one, the old one's run settles which comes first.
    """
    draft = submission.draft
    if old is None or old.candidate.brand_id != draft.brand_id or old.candidate.id == draft.id:
        raise NothingToReplaceError(f"replaces: there is no other candidate {draft.replaces} of this brand")
    if old.decision is None:
        return
    if old.decision.outcome is not Outcome.EXPIRED or old.decision.replaced_by not in {None, draft.id}:
        raise _too_late(old)


def _too_late(record: CandidateRecord) -> DecidedCandidateError:
    candidate_id, decision = record.candidate.id, record.decision
    if decision is None:
        why = f"{candidate_id} ended without a decision; an operator, or the workflow engine, ended it"
    elif decision.replaced_by:
        why = f"{candidate_id} was already replaced by {decision.replaced_by}"
    else:
        why = f"{candidate_id} is decided: {decision.outcome}"
    return DecidedCandidateError(why, candidate_id, decision)
