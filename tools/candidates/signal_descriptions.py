"""Signals in words for operators, without addresses and texts."""

from collections.abc import Callable, Mapping, Sequence

from domain.core_withdrawal import CoreWithdrawal
from domain.decision import source_of
from domain.sending.provider_faults import explained
from domain.temporal_names import SignalName
from workflows.signals import AskAgain, AttemptStatus, OperatorDecision, OptOut, Reply, Show, Withdrawal, read


def described(name: str, given: Sequence[object]) -> str:
    """Describes a signal; returns only its name if it is incomplete."""
    describe = _DESCRIBERS.get(name)
    return (describe and describe(given)) or f"signal {name}"


def _reply(given: Sequence[object]) -> str | None:
    reply = read(Reply, given)
    return f"reply on {_chat(reply.sender)}: {reply.outcome or 'no verdict'}" if reply else None


def _show(given: Sequence[object]) -> str | None:
    wish = read(Show, given)
    return f"reply on {_chat(wish.sender)}: wants the whole prompt" if wish else None


def _opt_out(given: Sequence[object]) -> str | None:
    wish = read(OptOut, given)
    return f"reply on {_chat(wish.sender)}: STOP" if wish else None


def _chat(sender: str | None) -> str:
    """Returns only the channel of an address, because operators paste this into tickets."""
    return source_of(sender or "")


def _status_report(given: Sequence[object]) -> str | None:
    status = read(AttemptStatus, given)
    if not (reported := status and status.read()):
        return None
    attempt, report = reported
    error = f", error {explained(report.error_code)}" if report.error_code else ""
    part = f"part {attempt.part} to approver {attempt.approver_number}"
    return f"status report of {part}: {report.status}{error}, {report.message_id}"


def _decide(given: Sequence[object]) -> str | None:
    wish = read(OperatorDecision, given)
    return f"decide, by {wish.operator}: {wish.decision}" if wish and wish.read() else None


def _withdraw(given: Sequence[object]) -> str | None:
    wish, cores = read(Withdrawal, given), read(CoreWithdrawal, given)
    if wish and wish.operator:
        return f"withdraw, by {wish.operator}"
    if not (cores and cores.is_complete):
        return None
    return f"replaced by {cores.replaced_by}" if cores.replaced_by else "withdraw, by core"


def _ask_again(given: Sequence[object]) -> str | None:
    wish = read(AskAgain, given)
    return f"ask again, by {wish.operator}, on {wish.chat or 'every channel'}" if wish and wish.operator else None


_DESCRIBERS: Mapping[str, Callable[[Sequence[object]], str | None]] = {
    SignalName.REPLY: _reply,
    SignalName.SHOW: _show,
    SignalName.OPT_OUT: _opt_out,
    SignalName.DELIVERY: _status_report,
    SignalName.DECIDE: _decide,
    SignalName.WITHDRAW: _withdraw,
    SignalName.ASK_AGAIN: _ask_again,
}
