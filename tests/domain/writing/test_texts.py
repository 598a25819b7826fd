"""Every text that an owner reads, but for the prompt."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.candidate import LONGEST_TEXT, Approver, Candidate
from domain.channels import Channel
from domain.conversation.numbers import number_of
from domain.decision import Decision, Outcome, Verdict
from domain.reading.owners_message import Obstacle
from domain.writing import naming, texts
from domain.writing.dressing import bare_draft, dressed, dressed_messages
from domain.writing.hidden import revealed
from domain.writing.marks import MARK, MARKS_ARE_TEXT
from domain.writing.wording import utf16_length
from simulator.twilio.formatting import formatted
from tests.domain.examples import ACCEPTED_AT, HOSTILE, IMESSAGE, WHATSAPP, candidate

_MARKED = st.text(st.sampled_from("*_~`a .1\n"), min_size=1, max_size=200)
_DEADLINE = candidate().deadline
_NAMED = "5109 “Thanks for the kind words!”"


def _decision(outcome: Outcome, decider: str, text: str | None = None) -> Decision:
    return Decision(outcome, text, decider, decided_at=_DEADLINE, latency=timedelta(0))


def _candidate(number: int, **changes: Any) -> Candidate:
    return candidate(id=f"cr_{number}", **changes)


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (Verdict(Outcome.APPROVED), f"Got it: post {_NAMED}"),
        (Verdict(Outcome.REJECTED), f"Got it: skip {_NAMED}"),
        (Verdict(Outcome.REJECTED, note="too\nsalesy"), f"Got it: skip {_NAMED}\nFor the agent: “too salesy”"),
        (
            Verdict(Outcome.EDITED, "My own\n\nwords"),
            f"Got it: post this instead of {_NAMED}\n│ My own\n│ \n│ words",
        ),
    ],
)
def test_what_was_understood_is_said_and_an_edit_is_read_back(verdict: Verdict, words: str) -> None:
    assert texts.understood(candidate(), verdict) == words


@pytest.mark.parametrize(
    ("reader", "decision", "words"),
    [
        (WHATSAPP, _decision(Outcome.APPROVED, "whatsapp:+15551234567"), "approved on WhatsApp"),
        (IMESSAGE, _decision(Outcome.APPROVED, "whatsapp:+15551234567"), "approved on WhatsApp"),
        (WHATSAPP, _decision(Outcome.REJECTED, "whatsapp:+15557654321"), "skipped by another owner on WhatsApp"),
        (WHATSAPP, _decision(Outcome.EDITED, "imessage:a@b.com", "x"), "edited on iMessage"),
        (WHATSAPP, _decision(Outcome.EXPIRED, "system:timeout"), "expired at 14:05 UTC without an answer"),
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


def test_receipt_begins_with_what_became_of_the_draft() -> None:
    approved = _decision(Outcome.APPROVED, "whatsapp:+15551234567", candidate().proposed_text)
    edited = _decision(Outcome.EDITED, str(IMESSAGE), "Mine\u202e")

    assert texts.receipt(candidate(), approved, IMESSAGE, ACCEPTED_AT, to_decider=False) == (
        f"Approved on WhatsApp: {_NAMED}. Nothing is left to do."
    )
    assert texts.receipt(candidate(), edited, IMESSAGE, ACCEPTED_AT, to_decider=True) == (
        f"Edited: {_NAMED}\n│ Mine⟨U+202E⟩\n1 hidden character is shown as ⟨U+…⟩."
    )


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
    answer = texts.too_late(candidate(utc_offset=offset), None, WHATSAPP, now)

    assert answer == f"Too late for {_NAMED}: it ended at {words}. Your message changes nothing."


def test_word_that_comes_when_all_has_ended_learns_first_what_became_of_it() -> None:
    expired = texts.ended(candidate(), _decision(Outcome.EXPIRED, "system:timeout"), WHATSAPP, ACCEPTED_AT)
    skipped = texts.ended(candidate(id="cr_1"), _decision(Outcome.REJECTED, str(WHATSAPP)), WHATSAPP, ACCEPTED_AT)

    assert texts.nothing_open([expired, skipped]).splitlines() == [
        f"{_NAMED}: expired at 14:05 UTC without an answer. Your message changes nothing.",
        skipped,
    ]
    assert texts.nothing_open([]) == "Nothing is open. Your message changes nothing."


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=59), "13:50 UTC (less than a minute)"),
        (timedelta(minutes=1), "13:51 UTC (1 min from 13:50)"),
        (timedelta(minutes=15), "14:05 UTC (15 min from 13:50)"),
    ],
)
def test_term_of_a_prompt_names_its_beginning_unless_it_is_too_short_for_that(span: timedelta, words: str) -> None:
    assert naming.term(candidate(deadline=ACCEPTED_AT + span)) == words


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(minutes=14, seconds=59), "14 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=47, minutes=5), "47 h 5 min"),
        (timedelta(days=3), "3 days"),
    ],
)
def test_time_left_is_in_the_units_that_matter(span: timedelta, words: str) -> None:
    of = candidate(brand_name="Acme", deadline=ACCEPTED_AT + span)

    assert texts.listing([of], ACCEPTED_AT) == [
        f"5109 · Acme on LinkedIn · “Thanks for the kind words!” · {words} left"
    ]


def test_long_draft_is_named_by_its_first_words() -> None:
    of = candidate(proposed_text="We hear you,\nand a fix is on its way to everybody.")

    assert texts.shown(of) == "Here is 5109 “We hear you, and a fix is on its way to…”"


@given(st.integers(2, 5000))
def test_too_long_text_is_refused_with_the_number_of_characters_over(excess: int) -> None:
    answer = texts.too_long(candidate(), Verdict(Outcome.EDITED, "x" * (LONGEST_TEXT + excess)))

    assert answer.startswith("Nothing was decided: ")
    assert f"{excess} characters over the limit of 3000" in answer


@pytest.mark.parametrize("count", [0, 1, 10, 11, 60])
def test_help_fits_one_message_and_lists_what_is_open(count: int) -> None:
    opened = [_candidate(number, brand_name="word " * 20, proposed_text="word " * 100) for number in range(count)]

    answer = texts.help_text(opened, ACCEPTED_AT)

    assert utf16_length(answer) <= 1600
    assert len(texts.HELP.splitlines()) <= 8
    assert ("Nothing is open" in answer) is (not opened)
    assert (f"and {count - 10} more" in answer) is (count > 10)


@pytest.mark.parametrize("count", [0, 1, 3, 12])
def test_what_decides_nothing_says_so_first_and_what_would(count: int) -> None:
    opened = [_candidate(number) for number in range(count)]
    number = number_of("cr_0")
    answers = [
        texts.not_understood(opened, ACCEPTED_AT),
        texts.acknowledged(opened, ACCEPTED_AT),
        *(texts.undecided(obstacle, opened, ACCEPTED_AT) for obstacle in Obstacle),
        texts.unknown_name("1234", opened, ACCEPTED_AT),
        texts.unknown_quotation(opened, ACCEPTED_AT),
        texts.hedged(opened),
    ]

    for answer in answers:
        assert answer.startswith("Nothing was decided")
        assert (number in answer) or count != 1
        assert ("Nothing is open" in answer) is (count == 0)


def test_hedge_about_a_number_offers_what_would_work_for_that_number() -> None:
    opened = [_candidate(number) for number in range(3)]
    second = number_of("cr_1")

    for written in (second, "cr_1"):
        assert texts.hedged(opened, written).endswith(f"send redo {second}: what to change")
    for candidates, name in ((opened, None), (opened, "9999"), (opened[:1], second)):
        assert "send redo (number): what to change" in texts.hedged(candidates, name)


def test_all_of_them_names_the_one_message_that_would_decide() -> None:
    opened = [_candidate(number) for number in range(12)]
    numbers = [number_of(each.id) for each in opened]

    few = texts.all_of_them(opened[:3], Verdict(Outcome.APPROVED), ACCEPTED_AT)
    many = texts.all_of_them(opened, Verdict(Outcome.REJECTED), ACCEPTED_AT)

    assert few.splitlines()[0] == f"Nothing was decided. To post these send yes {' '.join(numbers[:3])}"
    assert many.splitlines()[0] == f"Nothing was decided. To skip the first 10 send no {' '.join(numbers[:10])}"


_FORGED = HOSTILE.map(lambda text: f"{text}\nFORGED\u2028FORGED\rFORGED {text}")


def _all_texts(of: Candidate, text: str) -> list[str]:
    """Return every text about a candidate, with a foreign text wherever one can be."""
    now, edit, note = ACCEPTED_AT, Verdict(Outcome.EDITED, text), Verdict(Outcome.REJECTED, note=text)
    edited = _decision(Outcome.EDITED, str(IMESSAGE), text)
    return [
        texts.understood(of, edit),
        texts.understood(of, note),
        texts.understood_together([(of, Verdict(Outcome.APPROVED))] * 2),
        texts.understood_together([(of, Verdict(Outcome.REJECTED)), (of, edit)]),
        texts.put_off([of], now),
        texts.put_off([of, of], now),
        texts.misspelt("skip", Outcome.REJECTED, [of], None, now),
        texts.misspelt("edit", Outcome.EDITED, [of, of], None, now),
        texts.contradicted(of),
        texts.cut_note(of),
        texts.holds_command(of),
        texts.receipt(of, edited, IMESSAGE, now, to_decider=True),
        texts.receipt(of, edited, WHATSAPP, now, to_decider=False),
        texts.ended(of, edited, WHATSAPP, now),
        texts.too_late(of, edited, WHATSAPP, now),
        texts.closed(of),
        texts.standing(of, edited, WHATSAPP, now),
        texts.standing(of, None, WHATSAPP, now),
        texts.not_whole(of),
        texts.too_long(of, edit),
        texts.too_long_for_platform(of, 7),
        texts.placeholder(of),
        texts.may_be_cut(of),
        texts.this_one(of, edit, [], now, decides_next=True),
        texts.which_one([of, of], note, [], now),
        texts.ambiguous([of, of], now),
        texts.unknown_name(text, [of], now),
        texts.all_of_them([of], note, now),
        texts.edit_how(of),
        texts.which_edit([of], now),
        texts.proposal(of, text),
        texts.proposal_dropped(of, now),
        texts.shown(of),
        texts.which_to_show([of], now),
        texts.help_text([of], now),
        *(texts.not_understood(candidates, now) for candidates in ([of], [of, of])),
    ]


@given(draft=_FORGED, brand=_FORGED, text=_FORGED)
def test_no_foreign_text_begins_a_line_or_hides_anything(draft: str, brand: str, text: str) -> None:
    for words in _all_texts(candidate(proposed_text=draft, brand_name=brand), text):
        for line in words.splitlines():
            assert not line.startswith("FORGED")
            assert revealed(line).count == 0


@given(draft=_MARKED, brand=_MARKED, text=_MARKED)
def test_every_message_fits_and_whatsapp_shows_it_as_it_is(draft: str, brand: str, text: str) -> None:
    for words in _all_texts(candidate(proposed_text=draft, brand_name=brand), text):
        for message in dressed_messages(words, Channel.WHATSAPP):
            assert utf16_length(message) <= 1600
            assert "".join(span.text for span in formatted(message)) == message
            assert (MARK in message) <= message.endswith(f"\n{MARKS_ARE_TEXT}")


@pytest.mark.parametrize(
    "text", ["x" * LONGEST_TEXT, "\N{GRINNING FACE}" * LONGEST_TEXT, "\n" * LONGEST_TEXT, "*_" * 1500]
)
def test_long_edit_is_read_back_whole_in_several_messages(text: str) -> None:
    words = texts.understood(candidate(), Verdict(Outcome.EDITED, text))

    first, *rest = dressed_messages(words, Channel.WHATSAPP)

    assert first.startswith(f"Got it: post this instead of {_NAMED}\n│ ")
    assert rest
    own = {MARKS_ARE_TEXT, first.split("\n")[0]}
    lines = [line for message in (first, *rest) for line in message.replace(MARK, "").split("\n") if line not in own]
    assert all(line.startswith("│ ") for line in lines)
    assert "".join(line.removeprefix("│ ") for line in lines) == text.replace("\n", "")


def test_channel_that_formats_nothing_gets_a_text_as_it_is() -> None:
    assert dressed("a *b* c", Channel.IMESSAGE) == "a *b* c"
    assert dressed("a b c", Channel.WHATSAPP) == "a b c"
    assert dressed("a *b* c", Channel.WHATSAPP) == f"a {MARK}*b* c\n{MARKS_ARE_TEXT}"


def test_bare_draft_is_the_draft_to_be_copied() -> None:
    of = candidate(proposed_text="a *b*\n- c\u202e")

    assert bare_draft(of, Channel.IMESSAGE) == "a *b*\n- c⟨U+202E⟩"
    assert bare_draft(of, Channel.WHATSAPP) == f"a {MARK}*b*\n- c⟨U+202E⟩"
    assert bare_draft(candidate(proposed_text="x" * 1500), Channel.WHATSAPP) == "x" * 1500
    assert bare_draft(candidate(proposed_text="x" * 1501), Channel.WHATSAPP) is None
