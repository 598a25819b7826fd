"""What is known about a prompt's parts does not depend on the order of the evidence."""

from itertools import permutations

from hypothesis import example, given
from hypothesis import strategies as st

from domain.identifiers import CANDIDATE_ID, TEMPLATE, PromptAttempt
from domain.sending.attempts import OUTSIDE_WINDOW, Attempts
from domain.sending.sends import PromptStanding, SendResult
from domain.sending.status_reports import StatusReport

FIRST, REPEATED = PromptAttempt(1, "1"), PromptAttempt(1, "1", repetition=1)
SECOND, STAND_IN = PromptAttempt(1, "2"), PromptAttempt(1, TEMPLATE)


def attempts(*ended: tuple[PromptAttempt, SendResult]) -> Attempts:
    chat = Attempts()
    for attempt, result in ended:
        chat.begin(attempt)
        chat.end(attempt, result, f"SM{attempt}" if result is SendResult.SENT else None)
    return chat


def report(chat: Attempts, attempt: PromptAttempt, status: str, code: str | None = None) -> bool:
    return chat.take_report(attempt, StatusReport(f"SM{attempt}", status, code))


def test_failed_message_stays_failed_in_any_order_of_reports() -> None:
    for order in permutations(["sent", "delivered", "failed", "read"]):
        chat = attempts((FIRST, SendResult.UNKNOWN))

        for status in order:
            report(chat, FIRST, status, "63003" if status == "failed" else None)

        assert chat.failed
        assert not chat.may_have_arrived


def test_proof_means_that_nothing_is_repeated_whether_it_comes_before_or_after_the_end_of_the_send() -> None:
    for proof_is_first in (True, False):
        chat = Attempts()
        chat.begin(FIRST)
        assert not chat.is_in_doubt("1")
        if proof_is_first:
            assert report(chat, FIRST, "queued")
        chat.end(FIRST, SendResult.UNKNOWN)
        assert chat.is_in_doubt("1") is not proof_is_first
        if not proof_is_first:
            assert report(chat, FIRST, "queued")

        assert not chat.wants("1")
        assert chat.message_ids == ["SM1-1"]
        assert not report(chat, FIRST, "delivered")


def test_reply_proves_what_might_be_out_or_else_what_is_under_way() -> None:
    chat = attempts((FIRST, SendResult.SENT), (SECOND, SendResult.UNKNOWN))
    chat.answered()
    assert not chat.is_in_doubt("2")

    chat = Attempts()
    chat.begin(FIRST)
    chat.answered()
    chat.end(FIRST, SendResult.UNKNOWN)
    assert not chat.is_in_doubt("1")

    chat = attempts((FIRST, SendResult.SENT))
    chat.begin(SECOND)
    chat.answered()
    chat.end(SECOND, SendResult.UNKNOWN)
    assert chat.is_in_doubt("2")


def test_part_fails_when_every_attempt_that_may_have_arrived_failed() -> None:
    for repeated, fails_with_the_first in ((SendResult.SENT, False), (SendResult.REFUSED, True)):
        chat = attempts((FIRST, SendResult.UNKNOWN), (REPEATED, repeated))
        failed = [chat.failed]
        for attempt in (FIRST, REPEATED):
            report(chat, attempt, "failed", "63003")
            failed.append(chat.failed)
        assert failed == [False, fails_with_the_first, True]

    chat = attempts((FIRST, SendResult.UNKNOWN), (REPEATED, SendResult.WITHHELD))
    report(chat, FIRST, "failed", "63003")
    assert chat.failed


def test_part_returned_by_our_fault_gets_another_attempt_and_fails_nothing() -> None:
    for code in ("63018", "20003", "99999", None):
        chat = attempts((FIRST, SendResult.SENT))
        report(chat, FIRST, "undelivered", code)
        assert (chat.failed, chat.returned_part, chat.wants("1"), chat.may_have_arrived) == (False, "1", True, False)
        assert chat.standing is PromptStanding.WAITING

        chat.begin(REPEATED)
        assert chat.returned_part is None
        chat.end(REPEATED, SendResult.SENT, f"SM{REPEATED}")
        assert (chat.standing, chat.returned_part) == (PromptStanding.ARRIVED, None)
        report(chat, REPEATED, "undelivered", "63024")
        assert (chat.standing, chat.error_code) == (PromptStanding.FAILED, "63024")


def test_run_with_rules_0_fails_a_part_by_any_failure_report() -> None:
    chat = Attempts(waits_for_us=False)
    chat.begin(FIRST)
    chat.end(FIRST, SendResult.SENT, f"SM{FIRST}")
    report(chat, FIRST, "undelivered", "63018")

    assert (chat.failed, chat.returned_part) == (True, None)


def test_found_messages_prove_the_attempts_that_have_none() -> None:
    chat = attempts((FIRST, SendResult.UNKNOWN), (REPEATED, SendResult.UNKNOWN))
    assert chat.standing is PromptStanding.UNKNOWN

    assert not chat.find("1", [])
    assert chat.find("1", [StatusReport("SM7", "sent")])

    assert (chat.standing, chat.message_ids, chat.is_in_doubt("1")) == (PromptStanding.ARRIVED, ["SM7"], False)
    assert not chat.find("1", [StatusReport("SM7", "delivered")])


def test_report_of_a_found_message_counts_for_the_attempt_that_it_was_given_to() -> None:
    chat = attempts((FIRST, SendResult.UNKNOWN), (REPEATED, SendResult.UNKNOWN))
    chat.find("1", [StatusReport("SM7", "queued")])

    assert chat.take_report(REPEATED, StatusReport("SM7", "undelivered", "63018"))

    assert (chat.standing, chat.wants("1")) == (PromptStanding.UNKNOWN, True)


def test_refusal_outside_the_window_gives_way_to_the_template_as_a_report_of_it_does() -> None:
    chat = Attempts()
    chat.begin(FIRST)
    chat.end(FIRST, SendResult.REFUSED, error_code=OUTSIDE_WINDOW)

    assert (chat.needs_template, chat.failed) == (True, False)


def test_quotation_shows_the_part_under_way_only_if_every_other_message_is_known() -> None:
    for first, is_shown in ((SendResult.SENT, True), (SendResult.UNKNOWN, False)):
        chat = attempts((FIRST, first))
        chat.begin(REPEATED)
        assert chat.is_shown(REPEATED, "SM9") is is_shown


def test_returned_prompt_waits_even_if_another_part_arrived() -> None:
    chat = attempts((FIRST, SendResult.SENT), (SECOND, SendResult.SENT))
    report(chat, SECOND, "undelivered", "63018")

    assert (chat.standing, chat.error_code) == (PromptStanding.WAITING, "63018")


def test_failed_part_fails_the_prompt_though_another_arrived() -> None:
    for end in (SendResult.REFUSED, SendResult.SENT):
        chat = attempts((FIRST, SendResult.SENT), (SECOND, end))
        report(chat, SECOND, "failed", "63003")

        assert chat.failed
        assert chat.may_have_arrived
        assert not chat.wants("3")


def test_prompt_outside_the_window_gives_way_to_the_template_once() -> None:
    chat = attempts((FIRST, SendResult.SENT), (SECOND, SendResult.SENT))
    report(chat, FIRST, "failed", OUTSIDE_WINDOW)
    assert (chat.needs_template, chat.failed, chat.wants("3"), chat.wants(TEMPLATE)) == (True, False, False, True)

    chat.begin(STAND_IN)
    report(chat, SECOND, "failed", OUTSIDE_WINDOW)
    chat.end(STAND_IN, SendResult.SENT, f"SM{STAND_IN}")
    assert (chat.needs_template, chat.failed, chat.may_have_arrived) == (False, False, True)

    report(chat, STAND_IN, "undelivered", OUTSIDE_WINDOW)
    assert (chat.needs_template, chat.failed, chat.may_have_arrived) == (False, True, False)


def test_template_that_is_refused_fails_the_prompt() -> None:
    chat = attempts((FIRST, SendResult.SENT))
    report(chat, FIRST, "failed", OUTSIDE_WINDOW)

    chat.begin(STAND_IN)
    chat.end(STAND_IN, SendResult.REFUSED)

    assert chat.failed


def test_once_a_template_stands_in_the_parts_do_not_count() -> None:
    for report_comes_first in (True, False):
        chat = attempts((FIRST, SendResult.SENT), (SECOND, SendResult.SENT))
        report(chat, FIRST, "failed", OUTSIDE_WINDOW)
        if report_comes_first:
            report(chat, SECOND, "undelivered", "63024")
            assert (chat.needs_template, chat.failed) == (True, False)
        chat.begin(STAND_IN)
        chat.end(STAND_IN, SendResult.SENT, f"SM{STAND_IN}")
        report(chat, SECOND, "undelivered", "63024")

        assert (chat.failed, chat.may_have_arrived) == (False, True)


def test_template_for_which_no_slot_is_left_fails_the_prompt() -> None:
    chat = attempts((FIRST, SendResult.SENT))
    report(chat, FIRST, "failed", OUTSIDE_WINDOW)
    chat.give_up()

    assert (chat.failed, chat.needs_template) == (True, False)


@given(st.builds(PromptAttempt, st.integers(1, 99), st.sampled_from(["1", "99", TEMPLATE]), st.integers(0, 200)))
def test_attempt_is_parsed_from_its_name(attempt: PromptAttempt) -> None:
    assert PromptAttempt.read(str(attempt)) == attempt


@example("1\u0663-1")
@example("1-1-repeated-1")
@example("1-1-repeated-0")
@given(st.one_of(st.text(), st.from_regex(CANDIDATE_ID), st.from_regex(r"\d*-(\d*|template)(-repeated(-\d*)?)?")))
def test_only_what_names_an_attempt_is_read(text: str) -> None:
    read = PromptAttempt.read(text)

    assert read is None or str(read) == text
