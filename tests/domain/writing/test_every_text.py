"""In every text for owners except the prompt, nothing foreign passes for the gateway's own."""

from hypothesis import given
from hypothesis import strategies as st

from domain.candidate import Candidate
from domain.channels import Channel
from domain.decision import Outcome, Verdict
from domain.reading.requests import ShowPrompt
from domain.writing import edit_questions, lists, outcomes, questions, refusals, undecided
from domain.writing.confirmations import understood, understood_together
from domain.writing.fitting import fitted_messages
from domain.writing.hidden import revealed
from domain.writing.marks import MARK, MARKS_ARE_TEXT
from domain.writing.wording import utf16_length
from simulator.twilio.formatting import formatted
from tests.domain.examples import ACCEPTED_AT, HOSTILE, IMESSAGE, WHATSAPP, candidate
from tests.domain.writing.test_outcomes import decision

_MARKED = st.text(st.sampled_from("*_~`a .1\n"), min_size=1, max_size=200)
_FORGED = HOSTILE.map(lambda text: f"{text}\nFORGED\u2028FORGED\rFORGED {text}")


def _all_texts(of: Candidate, text: str) -> list[str]:
    """Returns every text about a candidate, with a foreign text wherever one can be."""
    now, edit, note = ACCEPTED_AT, Verdict(Outcome.EDITED, text), Verdict(Outcome.REJECTED, note=text)
    edited = decision(Outcome.EDITED, str(IMESSAGE), text)
    return [
        understood(of, edit),
        understood(of, note),
        understood_together([(of, Verdict(Outcome.APPROVED))] * 2),
        understood_together([(of, Verdict(Outcome.REJECTED)), (of, edit)]),
        outcomes.receipt(of, edited, IMESSAGE, now, to_decider=True),
        outcomes.receipt(of, edited, WHATSAPP, now, to_decider=False),
        outcomes.ended(of, edited, WHATSAPP, now),
        outcomes.too_late(of, edited, WHATSAPP, now),
        outcomes.closed(of),
        outcomes.stands(of, edited, WHATSAPP, now),
        undecided.not_decided_yet(of),
        undecided.put_off([of], now),
        undecided.put_off([of, of], now),
        undecided.misspelt("skip", Outcome.REJECTED, [of], None, now),
        undecided.misspelt("edit", Outcome.EDITED, [of, of], None, now),
        refusals.not_whole(of),
        refusals.too_long(of, edit),
        refusals.too_long_for_platform(of, 7),
        refusals.too_large(of, edit),
        refusals.not_shown_again(of),
        refusals.placeholder(of),
        refusals.cut_note(of),
        refusals.holds_command(of),
        refusals.may_be_cut(of),
        questions.this_one(of, edit, [], now, decides_next=True),
        questions.which_one([of, of], note, [], now),
        questions.ambiguous([of, of], now),
        questions.contradicted(of),
        questions.unknown_name(text, [of], ShowPrompt(text), now),
        questions.unknown_quotation([of], ShowPrompt(), now),
        undecided.reacted(of, in_part=False),
        undecided.questioned(of, now, in_part=False),
        lists.all_of_them([of], note, now),
        edit_questions.edit_how(of),
        edit_questions.which_edit([of], now),
        edit_questions.proposal(of, text),
        edit_questions.proposal_dropped(of, now),
        lists.shown(of),
        lists.which_to_show([of], now),
        lists.help_text([of], now),
        *(undecided.not_understood(candidates, now) for candidates in ([of], [of, of])),
    ]


@given(draft=_FORGED, brand=_FORGED, text=_FORGED)
def test_no_foreign_text_begins_a_line_or_hides_anything(draft: str, brand: str, text: str) -> None:
    for words in _all_texts(candidate(rules=2, proposed_text=draft, brand_name=brand), text):
        for line in words.splitlines():
            assert not line.startswith("FORGED")
            assert revealed(line).count == 0


@given(draft=_MARKED, brand=_MARKED, text=_MARKED)
def test_every_message_fits_and_whatsapp_shows_it_unchanged(draft: str, brand: str, text: str) -> None:
    for words in _all_texts(candidate(rules=2, proposed_text=draft, brand_name=brand), text):
        for message in fitted_messages(words, Channel.WHATSAPP):
            assert utf16_length(message) <= 1600
            assert "".join(span.text for span in formatted(message)) == message
            assert (MARK in message) <= message.endswith(f"\n{MARKS_ARE_TEXT}")
