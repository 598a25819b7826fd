"""Summarizes a chaos run in one table."""

from collections import Counter
from collections.abc import Iterable, Sequence

from tests.chaos.asked import asked_after_outages
from tests.chaos.bare_words import bare_words
from tests.chaos.breaches import Breach, Evidence
from tests.chaos.lives import Life
from tests.chaos.prompts import late_arrivals

_WIDTH = 48


def summary(evidence: Evidence, breaches: Sequence[Breach]) -> str:
    ledger, outside = evidence.ledger, evidence.outside
    decided = [life.decided for life in evidence.lives.values() if life.decided]
    unavoidable = [breach for breach in breaches if breach.unavoidable]
    violations = [breach for breach in breaches if not breach.unavoidable]
    asked, owed = asked_after_outages(evidence)
    rows = [
        f"Chaos run, seed {evidence.plan.seed}, {evidence.plan.seconds:g} s",
        _row("candidates posted", len(ledger.posted)),
        _row("  accepted", len(ledger.accepted)),
        *_rows("decisions", (f"{d.outcome} by {_kind_of(d.decider)}" for d in decided)),
        _row("  of candidates that nobody was asked about", sum(map(_is_unasked, evidence.lives.values()))),
        _row("decisions that core accepted", len(outside.delivered)),
        _row("messages on the phones", len(outside.messages)),
        _row("  prompts that arrived after their decision", late_arrivals(evidence)),
        _row("  prompts repeated", sum(send.is_repetition for life in evidence.lives.values() for send in life.sends)),
        *_rows("outages", (f"{o.channel} {o.manner}, {o.until - o.at:.0f} s" for o in ledger.outages)),
        _row("  chats that were first asked after one", asked),
        _row("    of those that had to be, by the time left", owed),
        *_rows("kills", (kill.process for kill in ledger.kills)),
        *_rows("limits", (f"{limit.process}, {limit.back_at - limit.at:.0f} s" for limit in ledger.limited)),
        *_rows("crashes", (crash.partition(":")[0] for crash in ledger.crashes)),
        *_rows("faults", ledger.faults.elements()),
        *_rows("replies", (said.kind for said in ledger.said.values())),
        _row("  bare words", sum(said.is_bare for said in ledger.said.values())),
        _row("    of those that decided", sum(1 for _ in bare_words(evidence))),
        *_rows("unavoidable", (breach.kind for breach in unavoidable)),
        *_rows("VIOLATIONS", (breach.kind for breach in violations)),
        *(f"  unavoidable: {breach}" for breach in unavoidable),
        *(f"  VIOLATION: {breach}" for breach in violations),
    ]
    return "\n".join(rows)


def _kind_of(decider: str) -> str:
    return decider if decider.startswith("system:") else decider.partition(":")[0]


def _is_unasked(life: Life) -> bool:
    """Returns whether no prompt got its turn, because of outages or limits."""
    return not any(send.is_prompt and send.may_have_arrived for send in life.sends)


def _rows(title: str, items: Iterable[str]) -> list[str]:
    counted = Counter(items)
    return [_row(title, counted.total()), *(_row(f"  {name}", number) for name, number in sorted(counted.items()))]


def _row(name: str, number: int) -> str:
    return f"{name:{_WIDTH}}{number:6}"
