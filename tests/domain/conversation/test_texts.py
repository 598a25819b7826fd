"""Every text that an owner reads, but for the prompt."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.candidate import LONGEST_TEXT, Approver
from domain.conversation import texts
from domain.conversation.wording import utf16_length
from domain.decision import Decision, Outcome, Verdict
from tests.domain.examples import ACCEPTED_AT, HOSTILE, IMESSAGE, WHATSAPP, candidate

_DEADLINE = candidate().deadline
_NAMED = "5109 “Thanks for the kind words!”"


def _decision(outcome: Outcome, decider: str, text: str | None = None) -> Decision:
    return Decision(outcome, text, decider, decided_at=_DEADLINE, latency=timedelta(0))


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (Verdict(Outcome.APPROVED), f"Got it: post {_NAMED}"),
        (Verdict(Outcome.REJECTED), f"Got it: skip {_NAMED}"),
        (Verdict(Outcome.REJECTED, note="too\nsalesy"), f"Got it: skip {_NAMED}\nFor the agent: “too salesy”"),
        (
            Verdict(Outcome.EDITED, "My own\n\nwords"),
            f"Got it: post this in place of {_NAMED}\n│ My own\n│ \n│ words",
        ),
    ],
)
def test_what_was_understood_is_said_and_an_edit_is_read_back(verdict: Verdict, words: str) -> None:
    assert texts.understood(candidate(), verdict) == words


@given(HOSTILE)
def test_read_back_cannot_look_like_the_gateways_own_words(text: str) -> None:
    decision = _decision(Outcome.EDITED, "imessage:a@b.com", text)
    for words in (
        texts.understood(candidate(), Verdict(Outcome.EDITED, text)),
        texts.receipt(candidate(), decision, IMESSAGE, ACCEPTED_AT, to_decider=True),
    ):
        assert all(line.startswith("│ ") for line in words.splitlines()[1:])


@pytest.mark.parametrize(
    ("reader", "decision", "words"),
    [
        (WHATSAPP, _decision(Outcome.APPROVED, "whatsapp:+15551234567"), "approved on WhatsApp"),
        (IMESSAGE, _decision(Outcome.APPROVED, "whatsapp:+15551234567"), "approved on WhatsApp"),
        (WHATSAPP, _decision(Outcome.REJECTED, "whatsapp:+15557654321"), "skipped by another owner on WhatsApp"),
        (WHATSAPP, _decision(Outcome.EDITED, "imessage:a@b.com", "x"), "edited on iMessage"),
        (WHATSAPP, _decision(Outcome.EXPIRED, "system:timeout"), "expired without an answer 14:05 UTC"),
        (WHATSAPP, _decision(Outcome.EXPIRED, "system:undeliverable"), "expired, because no prompt could be delivered"),
        (WHATSAPP, _decision(Outcome.REJECTED, "operator:ann"), "skipped by an operator"),
        (WHATSAPP, _decision(Outcome.EXPIRED, "operator:cancelled"), "withdrawn"),
    ],
)
def test_late_reply_learns_what_was_decided_and_where_but_not_by_whom(
    reader: Approver, decision: Decision, words: str
) -> None:
    answer = texts.too_late(candidate(), decision, reader, ACCEPTED_AT)

    assert answer == f"{_NAMED}: already {words}. Your message changes nothing."
    assert decision.decider.partition(":")[2] not in answer


@given(st.integers(1, 5000))
def test_too_long_text_is_refused_with_the_number_of_characters_over(excess: int) -> None:
    answer = texts.too_long(candidate(), Verdict(Outcome.EDITED, "x" * (LONGEST_TEXT + excess)))

    assert f"{excess} characters over the limit of 3000" in answer
    assert "Nothing was decided" in answer


@pytest.mark.parametrize("count", [0, 1, 10, 11, 60])
def test_help_fits_one_message_and_lists_what_is_open(count: int) -> None:
    opened = [candidate(id=f"cr_{number}", proposed_text="word " * 100) for number in range(count)]
    now: datetime = ACCEPTED_AT

    answer = texts.help_text(opened, now)

    assert utf16_length(answer) <= 1600
    assert ("Nothing is open" in answer) is (not opened)
    assert (f"and {count - 10} more" in answer) is (count > 10)
