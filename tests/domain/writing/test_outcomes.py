"""Chats are told what became of a candidate."""

from datetime import datetime, timedelta

import pytest

from domain.candidate import RULES_OF_WHOLE_PROMPTS, Approver
from domain.decision import Decision, Outcome
from domain.writing import outcomes
from tests.domain.examples import ACCEPTED_AT, IMESSAGE, WHATSAPP, candidate

_NAMED = "5109 “Thanks for the kind words!”"


def decision(outcome: Outcome, decider: str, text: str | None = None) -> Decision:
    return Decision(outcome, text, decider, decided_at=candidate().deadline, latency=timedelta(0))


@pytest.mark.parametrize(
    ("reader", "decision", "words"),
    [
        (WHATSAPP, decision(Outcome.APPROVED, "whatsapp:+15551234567"), "approved on WhatsApp"),
        (IMESSAGE, decision(Outcome.APPROVED, "whatsapp:+15551234567"), "approved on WhatsApp"),
        (WHATSAPP, decision(Outcome.REJECTED, "whatsapp:+15557654321"), "skipped by another owner on WhatsApp"),
        (WHATSAPP, decision(Outcome.EDITED, "imessage:a@b.com", "x"), "edited on iMessage"),
        (WHATSAPP, decision(Outcome.EXPIRED, "system:timeout"), "expired at 14:05 UTC without an answer"),
        (WHATSAPP, decision(Outcome.EXPIRED, "system:undeliverable"), "expired, because no prompt could be delivered"),
        (WHATSAPP, decision(Outcome.REJECTED, "operator:ann"), "skipped by an operator"),
        (WHATSAPP, decision(Outcome.EXPIRED, "operator:cancelled"), "withdrawn"),
    ],
)
def test_late_reply_learns_what_was_decided_and_where_but_not_by_whom(
    reader: Approver, decision: Decision, words: str
) -> None:
    answer = outcomes.too_late(candidate(), decision, reader, ACCEPTED_AT)

    assert answer == f"{_NAMED}: already {words}. Your message changes nothing."
    assert decision.decider.partition(":")[2] not in answer


def test_receipt_begins_with_what_became_of_the_draft() -> None:
    approved = decision(Outcome.APPROVED, "whatsapp:+15551234567", candidate().proposed_text)
    edited = decision(Outcome.EDITED, str(IMESSAGE), "Mine\u202e")

    assert outcomes.receipt(candidate(), approved, IMESSAGE, ACCEPTED_AT, to_decider=False) == (
        f"Approved on WhatsApp: {_NAMED}. It needs no answer any more."
    )
    assert outcomes.receipt(candidate(), edited, IMESSAGE, ACCEPTED_AT, to_decider=True) == (
        f"Edited: {_NAMED}\n│ Mine⟨U+202E⟩\n1 hidden character is shown as ⟨U+…⟩."
    )


def test_receipt_of_what_ended_without_an_answer_says_that_it_is_not_posted() -> None:
    expired, withdrawn = (decision(Outcome.EXPIRED, decider) for decider in ("system:timeout", "operator:ann"))

    assert outcomes.receipt(candidate(), expired, WHATSAPP, ACCEPTED_AT, to_decider=False) == (
        f"Expired at 14:05 UTC without an answer: {_NAMED}. It is not posted."
    )
    assert outcomes.receipt(candidate(), withdrawn, WHATSAPP, ACCEPTED_AT, to_decider=False) == (
        f"Withdrawn: {_NAMED}. It needs no answer any more."
    )


def test_other_owners_read_the_whole_text_that_is_posted_unless_the_run_is_of_earlier_rules() -> None:
    edited, of = decision(Outcome.EDITED, str(IMESSAGE), "My own\nwords"), candidate(rules=RULES_OF_WHOLE_PROMPTS)

    assert outcomes.receipt(of, edited, WHATSAPP, ACCEPTED_AT, to_decider=False).splitlines() == [
        f"Edited on iMessage: {_NAMED}. It needs no answer any more. This is posted instead:",
        "│ My own",
        "│ words",
    ]
    assert outcomes.receipt_line(of, edited, WHATSAPP, ACCEPTED_AT, to_decider=False).splitlines() == [
        f"{_NAMED}: edited on iMessage.",
        "│ My own",
        "│ words",
    ]
    assert "│" not in outcomes.receipt(candidate(rules=1), edited, WHATSAPP, ACCEPTED_AT, to_decider=False)


@pytest.mark.parametrize(
    ("now", "offset", "words"),
    [
        (ACCEPTED_AT, timedelta(hours=-6), "08:05"),
        (ACCEPTED_AT, timedelta(hours=5, minutes=30), "19:35"),
        (ACCEPTED_AT, None, "14:05 UTC"),
        (ACCEPTED_AT + timedelta(hours=12), timedelta(hours=-6), "08:05"),
        (ACCEPTED_AT + timedelta(hours=20), timedelta(hours=-6), "08:05 on Mon 24 Nov"),
        (ACCEPTED_AT + timedelta(hours=12), None, "14:05 UTC on Mon 24 Nov"),
    ],
)
def test_times_are_those_of_the_owners_clock(now: datetime, offset: timedelta | None, words: str) -> None:
    answer = outcomes.too_late(candidate(utc_offset=offset), None, WHATSAPP, now)

    assert answer == f"Too late for {_NAMED}: it ended at {words}. Your message changes nothing."


def test_reply_after_the_end_first_learns_what_became_of_the_draft() -> None:
    expired = outcomes.ended(candidate(), decision(Outcome.EXPIRED, "system:timeout"), WHATSAPP, ACCEPTED_AT)
    skipped = outcomes.ended(candidate(id="cr_1"), decision(Outcome.REJECTED, str(WHATSAPP)), WHATSAPP, ACCEPTED_AT)

    assert outcomes.nothing_open([expired, skipped]).splitlines() == [
        f"{_NAMED}: expired at 14:05 UTC without an answer. Your message changes nothing.",
        skipped,
    ]
    assert outcomes.nothing_open([]) == "Nothing is open. Your message changes nothing."


def test_nothing_is_called_closed_while_something_waits_to_be_asked() -> None:
    skipped = outcomes.ended(candidate(), decision(Outcome.REJECTED, str(WHATSAPP)), WHATSAPP, ACCEPTED_AT)

    assert outcomes.nothing_open([], waiting=1) == (
        "Nothing was decided. 1 draft is open that you were not asked about here yet. To see it send list"
    )
    assert outcomes.nothing_open([skipped], waiting=2).splitlines() == [
        f"{_NAMED}: skipped on WhatsApp. Your message changes nothing.",
        "2 drafts are open that you were not asked about here yet. To see them send list",
    ]
