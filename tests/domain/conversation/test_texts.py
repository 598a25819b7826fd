"""Every text that an owner reads, but for the prompt."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.candidate import LONGEST_TEXT, Approver
from domain.conversation import texts
from domain.conversation.wording import utf16_length
from domain.decision import Decision, Outcome, Verdict
from tests.domain.examples import CANDIDATE_IDS, HOSTILE, IMESSAGE, WHATSAPP

_DEADLINE = datetime(2025, 11, 24, 14, 5, tzinfo=UTC)


def _decision(outcome: Outcome, decider: str, text: str | None = None) -> Decision:
    return Decision(outcome, text, decider, decided_at=_DEADLINE, latency=timedelta(0))


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (Verdict(Outcome.APPROVED), "Got it: approve cr_1"),
        (Verdict(Outcome.REJECTED), "Got it: skip cr_1"),
        (Verdict(Outcome.EDITED, "My own\n\nwords"), "Got it: edit cr_1\n│ My own\n│ \n│ words"),
    ],
)
def test_what_was_understood_is_said_and_an_edit_is_read_back(verdict: Verdict, words: str) -> None:
    assert texts.understood("cr_1", verdict) == words


@given(HOSTILE, CANDIDATE_IDS)
def test_read_back_fits_one_message_and_cannot_look_like_the_gateways_own_words(text: str, candidate_id: str) -> None:
    for words in (
        texts.understood(candidate_id, Verdict(Outcome.EDITED, text)),
        texts.receipt(
            candidate_id, _decision(Outcome.EDITED, "imessage:a@b.com", text), _DEADLINE, IMESSAGE, to_decider=True
        ),
    ):
        assert utf16_length(words) <= 1600
        assert all(line.startswith("│ ") for line in words.splitlines()[1:])


@pytest.mark.parametrize("letter", ["x", "\N{GRINNING FACE}", "\n"])
def test_long_read_back_is_cut_visibly_and_uses_the_room(letter: str) -> None:
    words = texts.understood("cr_1", Verdict(Outcome.EDITED, letter * LONGEST_TEXT))

    assert words.endswith("…")
    assert 1400 < utf16_length(words) <= 1600


def test_text_that_fits_is_read_back_whole() -> None:
    text = "x" * 1500

    assert texts.understood("cr_1", Verdict(Outcome.EDITED, text)) == f"Got it: edit cr_1\n│ {text}"


@pytest.mark.parametrize(
    ("reader", "decision", "words"),
    [
        (WHATSAPP, _decision(Outcome.APPROVED, "whatsapp:+15551234567"), "already approved on WhatsApp"),
        (IMESSAGE, _decision(Outcome.APPROVED, "whatsapp:+15551234567"), "already approved on WhatsApp"),
        (
            WHATSAPP,
            _decision(Outcome.REJECTED, "whatsapp:+15557654321"),
            "already rejected by another owner on WhatsApp",
        ),
        (WHATSAPP, _decision(Outcome.EDITED, "imessage:a@b.com", "x"), "already edited on iMessage"),
        (
            WHATSAPP,
            _decision(Outcome.EXPIRED, "system:timeout"),
            "already expired without an answer Mon 24 Nov 14:05 UTC",
        ),
        (
            WHATSAPP,
            _decision(Outcome.EXPIRED, "system:undeliverable"),
            "already expired, because no prompt could be delivered",
        ),
        (WHATSAPP, _decision(Outcome.REJECTED, "operator:ann"), "already rejected by an operator"),
        (WHATSAPP, _decision(Outcome.EXPIRED, "operator:cancelled"), "already withdrawn"),
    ],
)
def test_late_reply_learns_what_was_decided_and_where_but_not_by_whom(
    reader: Approver, decision: Decision, words: str
) -> None:
    answer = texts.too_late("cr_1", decision, _DEADLINE, reader)

    assert answer == f"cr_1: {words}. Your message changes nothing."
    assert decision.decider.partition(":")[2] not in answer


@given(st.integers(1, 5000))
def test_too_long_text_is_refused_with_the_number_of_characters_over(excess: int) -> None:
    answer = texts.too_long("cr_1", Verdict(Outcome.EDITED, "x" * (LONGEST_TEXT + excess)))

    assert f"{excess} characters over the limit of 3000" in answer
    assert "Nothing was decided" in answer


@given(st.lists(CANDIDATE_IDS.map(lambda text: text.ljust(128, "x")), max_size=60, unique=True))
def test_help_fits_one_message_and_lists_what_is_open(open_ids: list[str]) -> None:
    answer = texts.help_text(open_ids)

    assert utf16_length(answer) <= 1600
    assert all(f"\n{open_id}" in answer for open_id in open_ids[:10])
    assert ("Nothing is open" in answer) is (not open_ids)
    assert (f"and {len(open_ids) - 10} more" in answer) is (len(open_ids) > 10)
    for command in ("approve <id>", "skip <id>", "edit <id>: your text", "help"):
        assert command in answer
