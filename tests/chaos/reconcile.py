"""Compares the promises with the evidence.

It is pure, so that a test can show that it finds each violation.
"""

from tests.chaos.asked import check_asked
from tests.chaos.bare_words import check_bare_words
from tests.chaos.breaches import Breach, Evidence
from tests.chaos.decisions import check_decisions
from tests.chaos.limits import check_limits
from tests.chaos.prompts import check_prompts
from tests.chaos.repetitions import check_repetitions
from tests.chaos.replacements import check_replacements
from tests.chaos.replies import check_replies


def reconcile(evidence: Evidence) -> list[Breach]:
    checks = (
        check_decisions,
        check_replacements,
        check_replies,
        check_bare_words,
        check_prompts,
        check_repetitions,
        check_asked,
        check_limits,
    )
    return [breach for check in checks for breach in check(evidence)]
