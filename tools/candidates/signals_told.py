"""Signals as operators read them: who wanted what. No address and no text is named."""

from collections.abc import Callable, Mapping, Sequence

from domain.core_withdrawal import CoreWithdrawal
from domain.decision import source_of
from domain.sending.provider_faults import explained
from domain.temporal_names import SignalName
from workflows.signals import AskAgain, AttemptStatus, OperatorDecision, OptOut, Reply, Show, Withdrawal, read


def told(name: str, given: Sequence[object]) -> str:
    """Say what a signal wanted; of one that lacks something, its name alone."""
    tell = _TELLERS.get(name)
    return f"{name}{tell(given) if tell else ''}"


def _reply(given: Sequence[object]) -> str:
    reply = read(Reply, given)
    return f" on {source_of(reply.sender or '')}: {reply.outcome or 'not understood'}" if reply else ""


def _show(given: Sequence[object]) -> str:
    wish = read(Show, given)
    return f" on {source_of(wish.sender or '')}: the whole prompt is wanted" if wish else ""


def _opt_out(given: Sequence[object]) -> str:
    wish = read(OptOut, given)
    return f" on {source_of(wish.sender or '')}: STOP" if wish else ""


def _status_report(given: Sequence[object]) -> str:
    status = read(AttemptStatus, given)
    if not (reported := status and status.read()):
        return ""
    attempt, report = reported
    error = f", error {explained(report.error_code)}" if report.error_code else ""
    part = f"part {attempt.part} to approver {attempt.approver_number}"
    return f" report of {part}, {report.message_id}: {report.status}{error}"


def _decide(given: Sequence[object]) -> str:
    wish = read(OperatorDecision, given)
    return f" by {wish.operator}: {wish.decision}" if wish and wish.read() else ""


def _withdraw(given: Sequence[object]) -> str:
    wish, cores = read(Withdrawal, given), read(CoreWithdrawal, given)
    if wish and wish.operator:
        return f" by {wish.operator}"
    if not (cores and cores.is_complete):
        return ""
    return f" by core: replaced by {cores.replaced_by}" if cores.replaced_by else " by core"


def _ask_again(given: Sequence[object]) -> str:
    wish = read(AskAgain, given)
    return f" by {wish.operator}, on {wish.chat or 'every channel'}" if wish and wish.operator else ""


_TELLERS: Mapping[str, Callable[[Sequence[object]], str]] = {
    SignalName.REPLY: _reply,
    SignalName.SHOW: _show,
    SignalName.OPT_OUT: _opt_out,
    SignalName.DELIVERY: _status_report,
    SignalName.DECIDE: _decide,
    SignalName.WITHDRAW: _withdraw,
    SignalName.ASK_AGAIN: _ask_again,
}
