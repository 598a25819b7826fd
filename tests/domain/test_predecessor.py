"""Whether the place of a candidate is free: in any row of successors, a post is answered once."""

from datetime import timedelta

import pytest

from domain.decision import Decision, Outcome
from domain.predecessor import Predecessor
from tests.domain.examples import ACCEPTED_AT, candidate


def decided(outcome: str, decider: str, replaced_by: str | None = None) -> Decision:
    return Decision(Outcome(outcome), None, decider, ACCEPTED_AT, timedelta(0), replaced_by=replaced_by)


TIMEOUT = decided("expired", "system:timeout")
REPLACED = decided("expired", "core:replaced", "cr_new")
BY_ANOTHER = decided("expired", "core:replaced", "cr_other")


def is_free(
    decision: Decision | None, *, replaces: str | None = None, took_place: bool | None = None, has_ended: bool = False
) -> bool | None:
    old = Predecessor(candidate(replaces=replaces), decision, has_ended, took_place, asked=(), left=())
    return old.is_free_for("cr_new")


@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        (None, None),
        (TIMEOUT, True),
        (decided("expired", "core:withdrawn"), True),
        (decided("expired", "operator:cancelled"), True),
        (REPLACED, True),
        (BY_ANOTHER, False),
        (decided("expired", "system:overtaken"), False),
        *((decided(outcome, "operator:ann"), False) for outcome in ("approved", "edited", "rejected")),
    ],
)
def test_place_is_free_once_the_old_one_expired_unless_by_another_successor(
    decision: Decision | None, *, expected: bool | None
) -> None:
    assert is_free(decision) is expected


@pytest.mark.parametrize("took_place", [None, True, False])
@pytest.mark.parametrize("decision", [TIMEOUT, REPLACED])
def test_successor_of_a_successor_waits_for_its_place_and_shares_its_fate(
    decision: Decision, *, took_place: bool | None
) -> None:
    assert is_free(decision, replaces="cr_first", took_place=took_place) is took_place


def test_run_that_was_ended_by_hand_leaves_its_place_if_it_had_one() -> None:
    assert is_free(None, has_ended=True) is True
    assert is_free(None, replaces="cr_first", took_place=True, has_ended=True) is True
    assert is_free(None, replaces="cr_first", took_place=None, has_ended=True) is False
    assert is_free(REPLACED, replaces="cr_first", took_place=None, has_ended=True) is False
