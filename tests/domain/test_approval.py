"""One decision, and the messages owed to chats, in any order of replies, deadline and sends."""

from datetime import datetime, timedelta
from itertools import product

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from domain.approval import Approval, PromptState
from domain.approver_chat import Chat
from domain.candidate import LONGEST_TEXT, Approver
from domain.channels import Channel
from domain.conversation.owed_messages import NotWhole, Owed, Receipt, TooLate, WholePrompt
from domain.decision import CORE_REPLACED, SYSTEM_UNDELIVERABLE, ApprovalState, Decision, Outcome, OwnersReply, Verdict
from domain.identifiers import TEMPLATE, PromptAttempt
from domain.sending.attempts import OUTSIDE_WINDOW
from domain.sending.sends import PromptStanding, SendEnd, SendResult
from domain.sending.status_reports import StatusReport
from domain.writing.owed import owed_text
from tests.domain.examples import ACCEPTED_AT, IMESSAGE, WHATSAPP, candidate

_DECIDING = [Verdict(Outcome.APPROVED), Verdict(Outcome.REJECTED), Verdict(Outcome.EDITED, "My own words")]
_VERDICTS = st.sampled_from([*_DECIDING, Verdict(Outcome.EDITED, "x" * (LONGEST_TEXT + 7)), None])
_NUMBERS = st.sampled_from([0, 1])
_STATUSES = st.sampled_from(["queued", "sent", "delivered", "read", "failed", "undelivered"])
_DECIDED = ("approved", "skipped", "edited", "expired", "withdrawn", "taken back", "replaced", "closed")


class Approvals(RuleBasedStateMachine):
    """Does what the workflow does, in any order, and records the messages of each chat."""

    approvers = (WHATSAPP, IMESSAGE)
    candidate_rules = 1
    replaces: str | None = None

    def __init__(self) -> None:
        super().__init__()
        drafted = candidate(approvers=self.approvers, rules=self.candidate_rules, replaces=self.replaces)
        self.approval = Approval(drafted)
        self.has_place = self.replaces is None
        self.now = ACCEPTED_AT
        self.first: Decision | None = None
        self.told: dict[int, list[str]] = {0: [], 1: []}
        self.waits: dict[int, bool] = {0: False, 1: False}
        self.replies: list[OwnersReply] = []
        self.attempts: list[PromptAttempt] = []
        self.under_way: dict[int, PromptAttempt] = {}
        self.not_there: set[PromptAttempt] = set()
        self.wishes: dict[int, list[str]] = {0: [], 1: []}

    def _decides(self, decider: str, outcome: Outcome) -> None:
        """Records the expected decision, if there is none yet."""
        if self.first is None:
            self.first = self.approval.decision
            assert self.first is not None
            assert (self.first.decider, self.first.outcome) == (decider, outcome)

    @rule(seconds=st.sampled_from([1, 300, 900]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @precondition(lambda self: self.first is None and self.has_place)
    @rule(number=_NUMBERS, part=st.sampled_from(["1", "2", TEMPLATE]))
    def part_begins(self, number: int, part: str) -> None:
        chat = self.approval.chats[number]
        begun = [attempt for attempt in self.attempts if (attempt.approver_number, attempt.part) == (number + 1, part)]
        is_due = chat.attempts.is_in_doubt(part) if begun else chat.attempts.wants(part)
        if not self.approval.chat_state(chat).sending and is_due and len(begun) < 2:
            self._begin(number, part)

    def _begin(self, number: int, part: str) -> None:
        chat = self.approval.chats[number]
        self.attempts.append(PromptAttempt(number + 1, part, chat.attempts.begun(part)))
        self.under_way[number] = self.attempts[-1]
        self.approval.part_scheduled(chat, self.attempts[-1], self.now)

    @precondition(lambda self: self.first is None and self.has_place)
    @rule(number=_NUMBERS)
    def whole_prompt_is_shown(self, number: int) -> None:
        chat = self.approval.chats[number]
        if self.approval.chat_state(chat).is_to_be_shown and not self.approval.chat_state(chat).sending:
            assert self.approval.begin_asking_again(chat)
            self._begin(number, "1")
            self.part_ends(number, SendResult.SENT)
            self.approval.end_asking_again(chat)
            self.waits[number] = False

    @rule(number=_NUMBERS)
    def owner_wants_to_see_it(self, number: int) -> None:
        chat, key = self.approval.chats[number], f"wish {number} {len(self.wishes[number])}"
        assert self.approval.show(key, str(chat.approver), self.now) is chat
        assert self.approval.show(key, str(chat.approver), self.now) is None, "a redelivery is not new"
        self.wishes[number].append(key)
        self.waits[number] = True

    @rule(number=_NUMBERS, result=st.sampled_from(SendResult))
    def part_ends(self, number: int, result: SendResult) -> None:
        chat = self.approval.chats[number]
        if self.approval.chat_state(chat).sending:
            message_id = f"SM{self.under_way[number]}" if result is SendResult.SENT else None
            if result in {SendResult.REFUSED, SendResult.WITHHELD}:
                self.not_there.add(self.under_way[number])
            self.approval.part_ended(chat, SendEnd(result, message_id), self.now)

    @precondition(lambda self: self.attempts)
    @rule(data=st.data(), status=_STATUSES, code=st.sampled_from([None, "63003", "63018", OUTSIDE_WINDOW]))
    def part_is_reported(self, data: st.DataObject, status: str, code: str | None) -> None:
        attempt = data.draw(st.sampled_from(self.attempts))
        prompt_ids = self.approval.prompt_ids
        report = StatusReport(f"SM{attempt}", status, code)
        if report.is_failure:
            self.not_there.add(attempt)
        chat = self.approval.part_reported(attempt, report)
        assert chat is None or chat.approver.channel is Channel.WHATSAPP
        assert chat or self.approval.prompt_ids == prompt_ids
        assert self.approval.part_reported(attempt, report) is None, "a repeated report is not new"

    @rule(number=_NUMBERS, verdict=_VERDICTS, delay=st.sampled_from([0, 5]))
    def reply_comes(self, number: int, verdict: Verdict | None, delay: int) -> None:
        sender = str(self.approval.chats[number].approver)
        received_at = self.now - timedelta(seconds=delay)
        reply = OwnersReply(f"message {len(self.replies)}", sender, verdict, received_at)
        counts = verdict in _DECIDING and received_at <= self.approval.candidate.deadline
        self.replies.append(reply)
        self.waits[number] = True
        self.approval.take(reply, self.now)
        if counts and verdict and not self._is_refused(number, verdict):
            self._decides(sender, verdict.outcome)
        if self._edge_has_told(number, verdict):
            self.waits[number] = False

    def _is_refused(self, number: int, verdict: Verdict) -> bool:
        """Returns whether a verdict waits for the whole prompt.

        An approval must wait if none of the prompt can be in its chat.
        """
        if self._is_too_early(verdict):
            return self.first is None
        if self.candidate_rules < 2 or self.first or verdict.outcome is not Outcome.APPROVED:
            return False
        owed = self.approval.chat_state(self.approval.chats[number]).owed
        shown = [each for each in self.attempts if each.approver_number == number + 1 and each.part in {"1", TEMPLATE}]
        assert self.approval.decision or (NotWhole() in owed and WholePrompt() in owed)
        assert not self.approval.decision or set(shown) - self.not_there, "approved unread"
        return self.approval.decision is None

    def _is_too_early(self, verdict: Verdict) -> bool:
        """Returns whether the candidate that this one replaces might still be posted too."""
        is_too_early = not self.has_place and verdict.outcome is not Outcome.REJECTED
        assert self.approval.may_take(verdict) is not is_too_early
        assert not is_too_early or self.first or self.approval.decision is None
        return is_too_early

    def _edge_has_told(self, number: int, verdict: Verdict | None) -> bool:
        decision, chat = self.approval.decision, self.approval.chats[number]
        return bool(
            decision
            and verdict
            and chat.approver.channel is Channel.WHATSAPP
            and decision.outcome is verdict.outcome
            and decision.final_text in {verdict.text, self.approval.candidate.proposed_text}
        )

    def _owed(self) -> list[tuple[Owed, ...]]:
        return [self.approval.chat_state(chat).owed for chat in self.approval.chats]

    @precondition(lambda self: self.replies)
    @rule(data=st.data())
    def reply_is_delivered_again(self, data: st.DataObject) -> None:
        before = self._owed()
        self.approval.take(data.draw(st.sampled_from(self.replies)), self.now)
        assert self._owed() == before

    @rule(verdict=st.sampled_from(_DECIDING))
    def stranger_replies(self, verdict: Verdict) -> None:
        before = self._owed()
        self.approval.take(OwnersReply("stranger", "whatsapp:+15550009999", verdict, self.now), self.now)
        assert self._owed() == before

    @rule(verdict=st.sampled_from(_DECIDING))
    def operator_decides(self, verdict: Verdict) -> None:
        if self._is_too_early(verdict):
            return
        self.approval.decide(verdict, "operator:ann", self.now)
        self._decides("operator:ann", verdict.outcome)

    @rule()
    def operator_withdraws(self) -> None:
        self.approval.expire("operator:ann", self.now)
        self._decides("operator:ann", Outcome.EXPIRED)

    @rule()
    def core_takes_it_back(self) -> None:
        self.approval.expire("core:withdrawn", self.now)
        self._decides("core:withdrawn", Outcome.EXPIRED)

    @rule(asks=st.sets(_NUMBERS))
    def core_replaces_it(self, asks: set[int]) -> None:
        """Another candidate takes the place, and asks some of the same approvers."""
        before = self._owed()
        approvers = [str(self.approvers[number]) for number in asks]
        self.approval.give_way("cr_2", approvers, self.now)
        assert set(self.approval.left_to_successor) <= set(approvers) or self.first
        assert self.first is None or self._owed() == before
        self._decides(CORE_REPLACED, Outcome.EXPIRED)

    @precondition(lambda self: self.now >= self.approval.candidate.deadline)
    @rule()
    def deadline_comes(self) -> None:
        self.approval.expire("system:timeout", self.now)
        self._decides("system:timeout", Outcome.EXPIRED)

    @precondition(lambda self: self.approval.undeliverable)
    @rule()
    def gateway_gives_up(self) -> None:
        self.approval.expire("system:undeliverable", self.now)
        self._decides("system:undeliverable", Outcome.EXPIRED)

    @rule(number=_NUMBERS)
    def chat_is_told(self, number: int) -> None:
        chat = self.approval.chats[number]
        if self.approval.to_tell(chat):
            has_replied = self.wishes[number] or any(reply.sender == str(chat.approver) for reply in self.replies)
            assert chat.may_have_been_asked or has_replied, "told, though nobody was asked there"
            text = told(self.approval, chat)
            self.told[number].append(text)
            self.waits[number] = False
            assert not (self.first and ("still open" in text or "Nothing was decided" in text)), "told what is past"

    @rule(number=_NUMBERS)
    def telling_ends(self, number: int) -> None:
        self.approval.end_telling(self.approval.chats[number])

    @invariant()
    def decision_is_never_reopened(self) -> None:
        assert self.approval.decision == self.first
        if self.first:
            assert self.first.latency >= timedelta(0)
            assert self.approval.state is ApprovalState(self.first.outcome)
            has_text = self.first.outcome in {Outcome.APPROVED, Outcome.EDITED}
            assert (self.first.final_text is not None) is has_text

    def teardown(self) -> None:
        """Ends the life; nobody who was asked or who replied may be left without a message."""
        self.operator_withdraws()
        for number, chat in enumerate(self.approval.chats):
            self.telling_ends(number)
            self.part_ends(number, SendResult.WITHHELD)
            while self.approval.to_tell(chat):
                self.chat_is_told(number)
                self.telling_ends(number)
            self._check(number)
        assert self.approval.settled

    def _check(self, number: int) -> None:
        chat, told = self.approval.chats[number], self.told[number]
        own = [reply for reply in self.replies if reply.sender == str(chat.approver)]
        assert not self.waits[number], "a reply is left without an answer"
        assert len(told) <= len(own) + len(self.wishes[number]) + 1
        is_decider = self.first is not None and self.first.decider == str(chat.approver)
        is_left = str(chat.approver) in self.approval.left_to_successor
        if chat.may_have_been_asked and not is_left and not (is_decider and chat.approver.channel is Channel.WHATSAPP):
            assert any(outcome in told[-1].lower() or "ended" in told[-1] for outcome in _DECIDED)
        assert not is_left or not any("no answer any more" in text for text in told)
        assert sum("no answer any more" in text for text in told) <= 1


class ApprovalsByTwoOnOneChannel(Approvals):
    approvers = (WHATSAPP, Approver(Channel.WHATSAPP, "+15557654321"))


class ApprovalsOfWholePrompts(Approvals):
    candidate_rules = 2

    @precondition(lambda self: self.first is None)
    @rule(number=_NUMBERS)
    def owner_approves(self, number: int) -> None:
        self.reply_comes(number, Verdict(Outcome.APPROVED), 0)


class ApprovalsInPlaceOfOthers(ApprovalsOfWholePrompts):
    """Nothing is sent, and nothing is posted, before the candidate has its place."""

    replaces = "cr_0"

    @precondition(lambda self: not self.has_place)
    @rule(told=st.sets(_NUMBERS))
    def place_is_taken(self, told: set[int]) -> None:
        self.has_place = True
        self.approval.take_place([self.approvers[number] for number in told])
        for number, chat in enumerate(self.approval.chats):
            assert self.approval.as_read_in(chat).replaces == ("cr_0" if number in told else None)

    @precondition(lambda self: not self.has_place)
    @rule()
    def old_one_was_decided_before(self) -> None:
        self.approval.expire("system:overtaken", self.now)
        self._decides("system:overtaken", Outcome.EXPIRED)


class ApprovalsWithoutRules(Approvals):
    candidate_rules = 0


TestApprovals = Approvals.TestCase
TestApprovalsByTwoOnOneChannel = ApprovalsByTwoOnOneChannel.TestCase
TestApprovalsOfWholePrompts = ApprovalsOfWholePrompts.TestCase
TestApprovalsInPlaceOfOthers = ApprovalsInPlaceOfOthers.TestCase
TestApprovalsWithoutRules = ApprovalsWithoutRules.TestCase
TestApprovalsWithoutRules.settings = settings(max_examples=30)
TestApprovalsByTwoOnOneChannel.settings = settings(max_examples=30)


_FIRST = PromptAttempt(1, "1")
_NAMED = "5109 “Thanks for the kind words!”"


def told(approval: Approval, chat: Chat) -> str:
    """Begins the message that is due in a chat; returns its text."""
    message = approval.begin_telling(chat)
    is_whole = approval.was_shown_whole(chat)
    return owed_text(message, approval.candidate, approval.decision, chat.approver, ACCEPTED_AT, is_whole=is_whole)


def arrives(approval: Approval, chat: Chat, at: datetime = ACCEPTED_AT) -> None:
    approval.part_scheduled(chat, _FIRST, at)
    approval.part_ended(chat, SendEnd(SendResult.SENT, "SM1"), at)


def test_decider_on_imessage_is_told_what_was_decided_and_the_other_chat_too() -> None:
    approval = Approval(candidate())
    for chat in approval.chats:
        arrives(approval, chat)

    approval.take(OwnersReply("m", str(IMESSAGE), Verdict(Outcome.EDITED, "Mine"), ACCEPTED_AT), ACCEPTED_AT)

    assert [told(approval, chat) for chat in approval.chats] == [
        f"Edited on iMessage: {_NAMED}. It needs no answer any more.",
        f"Edited: {_NAMED}\n│ Mine",
    ]


def test_answer_that_is_still_due_at_the_decision_gives_way_to_the_receipt() -> None:
    approval = Approval(candidate())
    for sender in (WHATSAPP, IMESSAGE):
        approval.take(OwnersReply(f"m {sender}", str(sender), None, ACCEPTED_AT), ACCEPTED_AT)

    approval.expire("system:timeout", approval.candidate.deadline)

    receipt = f"Expired at 14:05 UTC without an answer: {_NAMED}. It is not posted."
    assert [told(approval, chat) for chat in approval.chats] == [receipt, receipt]


def test_decider_on_whatsapp_needs_no_receipt_unless_a_prompt_was_under_way() -> None:
    for rules, is_under_way in product((0, 1), (False, True)):
        approval = Approval(candidate(rules=rules))
        chat = approval.chats[0]
        arrives(approval, chat)
        if is_under_way:
            approval.part_scheduled(chat, PromptAttempt(1, "2"), ACCEPTED_AT)
        approval.take(OwnersReply("m", str(WHATSAPP), Verdict(Outcome.APPROVED), ACCEPTED_AT), ACCEPTED_AT)
        if is_under_way:
            approval.part_ended(chat, SendEnd(SendResult.SENT, "SM2"), ACCEPTED_AT)

        assert bool(approval.to_tell(chat)) is is_under_way


@pytest.mark.parametrize(
    ("quoted", "reported", "accepted_after", "is_owed"),
    [
        (None, False, timedelta(0), False),
        (None, False, timedelta(milliseconds=1), True),
        (None, False, None, True),
        ("SM1", False, None, False),
        (None, True, None, False),
    ],
)
def test_decider_whose_prompt_is_shown_to_have_arrived_gets_no_receipt_though_its_send_had_not_ended(
    quoted: str | None, *, reported: bool, accepted_after: timedelta | None, is_owed: bool
) -> None:
    approval = Approval(candidate(rules=1))
    chat = approval.chats[0]
    approval.part_scheduled(chat, _FIRST, ACCEPTED_AT)
    if reported:
        approval.part_reported(_FIRST, StatusReport("SM1", "delivered"))
    received_at = ACCEPTED_AT + timedelta(seconds=1)
    reply = OwnersReply("m", str(WHATSAPP), Verdict(Outcome.APPROVED), received_at, quoted)

    approval.take(reply, received_at)
    accepted_at = None if accepted_after is None else received_at + accepted_after
    approval.part_ended(chat, SendEnd(SendResult.SENT, "SM1", accepted_at), received_at + timedelta(seconds=2))

    assert bool(approval.to_tell(chat)) is is_owed


def test_decision_says_why_no_prompt_could_be_delivered() -> None:
    approval = Approval(candidate(approvers=(WHATSAPP,), rules=1))
    approval.part_scheduled(approval.chats[0], _FIRST, ACCEPTED_AT)
    approval.part_ended(approval.chats[0], SendEnd(SendResult.REFUSED, error_code="63003"), ACCEPTED_AT)

    approval.expire(SYSTEM_UNDELIVERABLE, ACCEPTED_AT)

    assert approval.decision
    assert (approval.decision.via, approval.decision.reason) == (
        "system",
        "WhatsApp: 63003, the recipient was not found",
    )


def test_chat_that_opts_out_gets_nothing_more_and_the_other_chat_continues() -> None:
    approval = Approval(candidate(rules=1))
    whatsapp, imessage = approval.chats
    arrives(approval, whatsapp)

    assert approval.opt_out(str(WHATSAPP)) is whatsapp
    assert approval.opt_out("whatsapp:+15550009999") is None
    assert (whatsapp.attempts.failed, imessage.attempts.failed, approval.undeliverable) == (True, False, False)
    assert approval.troubles == [PromptState("whatsapp", PromptStanding.FAILED, "21610")]
    approval.take(OwnersReply("m", str(IMESSAGE), Verdict(Outcome.APPROVED), ACCEPTED_AT), ACCEPTED_AT)

    assert approval.opt_out(str(IMESSAGE)) is None
    assert not approval.to_tell(whatsapp)
    assert approval.to_tell(imessage)


def test_chat_that_opted_out_and_is_asked_again_counts_as_asked() -> None:
    approval = Approval(candidate(rules=1))
    whatsapp = approval.chats[0]
    arrives(approval, whatsapp)
    approval.opt_out(str(WHATSAPP))

    assert approval.ask_again("whatsapp") == [whatsapp]
    approval.part_scheduled(whatsapp, PromptAttempt(1, "1", 1), ACCEPTED_AT)
    approval.part_ended(whatsapp, SendEnd(SendResult.SENT, "SM2"), ACCEPTED_AT)

    assert not whatsapp.attempts.failed
    approval.expire("operator:ann", ACCEPTED_AT)
    assert approval.to_tell(whatsapp)


def test_chat_whose_first_prompt_is_still_on_its_way_is_not_asked_twice() -> None:
    approval = Approval(candidate(rules=1))
    approval.part_scheduled(approval.chats[0], _FIRST, ACCEPTED_AT)

    assert approval.ask_again(None) == []


def test_quotation_of_an_earlier_part_does_not_show_that_the_one_under_way_arrived() -> None:
    approval = Approval(candidate(rules=1))
    chat = approval.chats[0]
    arrives(approval, chat)
    approval.part_scheduled(chat, PromptAttempt(1, "2"), ACCEPTED_AT)

    approval.take(OwnersReply("m", str(WHATSAPP), Verdict(Outcome.APPROVED), ACCEPTED_AT, "SM1"), ACCEPTED_AT)
    approval.part_ended(chat, SendEnd(SendResult.SENT, "SM2"), ACCEPTED_AT)

    assert approval.to_tell(chat)


def test_candidate_is_prompted_once_a_prompt_is_known_to_have_arrived() -> None:
    approval = Approval(candidate(rules=1))
    chat = approval.chats[0]
    approval.part_scheduled(chat, _FIRST, ACCEPTED_AT)
    approval.part_ended(chat, SendEnd(SendResult.UNKNOWN), ACCEPTED_AT)
    assert (approval.state, approval.prompt_ids.flat) == (ApprovalState.NEW, ["whatsapp"])
    assert approval.troubles == [PromptState("whatsapp", PromptStanding.UNKNOWN)]

    approval.part_reported(_FIRST, StatusReport("SM1", "sent"))

    assert (approval.state, approval.prompt_ids.flat) == (ApprovalState.PROMPTED, ["whatsapp", "SM1"])
    assert approval.troubles == []


def test_reply_after_the_deadline_does_not_count_even_if_nothing_is_decided() -> None:
    approval = Approval(candidate())
    late = approval.candidate.deadline + timedelta(milliseconds=1)

    approval.take(OwnersReply("m", str(WHATSAPP), Verdict(Outcome.APPROVED), late), late)

    assert approval.decision is None
    assert told(approval, approval.chats[0]).startswith(f"Too late for {_NAMED}: it ended at 14:05 UTC")


def test_too_late_answer_tells_the_end_even_before_the_decision() -> None:
    approval = Approval(candidate())
    late = approval.candidate.deadline + timedelta(milliseconds=1)

    approval.take(OwnersReply("m1", str(WHATSAPP), None, ACCEPTED_AT), ACCEPTED_AT)
    answer = approval.to_tell(approval.chats[0])
    assert answer
    assert not answer.tells_end
    approval.take(OwnersReply("m2", str(WHATSAPP), Verdict(Outcome.APPROVED), late), late)

    assert approval.decision is None
    too_late = approval.to_tell(approval.chats[0])
    assert too_late
    assert too_late.tells_end


def test_reply_received_in_time_counts_even_if_read_after_the_deadline() -> None:
    approval = Approval(candidate())
    in_time = approval.candidate.deadline

    approval.take(OwnersReply("m", str(WHATSAPP), Verdict(Outcome.APPROVED), in_time), in_time + timedelta(hours=1))

    assert approval.decision
    assert approval.decision.decider == str(WHATSAPP)


def test_moment_of_the_decision_is_to_the_millisecond_and_never_before_the_prompt() -> None:
    approval = Approval(candidate())
    chat = approval.chats[0]
    prompted_at = ACCEPTED_AT + timedelta(seconds=3, microseconds=1_400)
    arrives(approval, chat, prompted_at)

    approval.expire("operator:ann", ACCEPTED_AT + timedelta(seconds=3, microseconds=1_900))

    assert approval.decision is not None
    assert approval.decision.decided_at == ACCEPTED_AT + timedelta(seconds=3, milliseconds=1)
    assert approval.decision.latency_ms == 0


def test_chat_whose_prompt_failed_was_not_asked_and_gets_no_receipt() -> None:
    approval = Approval(candidate())
    chat = approval.chats[0]
    arrives(approval, chat)

    approval.part_reported(_FIRST, StatusReport("SM1", "undelivered", "63003"))
    approval.expire("operator:ann", ACCEPTED_AT + timedelta(seconds=5))

    assert chat.attempts.failed
    assert not approval.to_tell(chat)
    assert approval.decision is not None
    assert approval.decision.latency == timedelta(seconds=5)
    assert approval.prompt_ids.flat == ["SM1"]


def test_reports_of_unsent_messages_or_other_channels_are_ignored() -> None:
    approval = Approval(candidate())
    arrives(approval, approval.chats[0])
    approval.part_scheduled(approval.chats[1], PromptAttempt(2, "1"), ACCEPTED_AT)

    for attempt in ("1-2", "1-1-repeated", "1-template", "2-1", "3-1"):
        named = PromptAttempt.read(attempt)
        assert named
        assert approval.part_reported(named, StatusReport("SM9", "failed")) is None
    assert approval.part_reported(_FIRST, StatusReport("SM9", "failed")) is None
    assert not any(chat.attempts.failed for chat in approval.chats)


@pytest.mark.parametrize(
    ("rules", "received_after", "read_after", "counts"),
    [
        (1, 300, -1, True),
        (1, 300, 0, True),
        (1, -1, 60, True),
        (1, 1, 60, False),
        (0, 300, -1, False),
        (0, -1, 60, True),
    ],
)
def test_reply_that_is_read_in_time_counts_even_if_the_edges_clock_is_ahead(
    rules: int, received_after: int, read_after: int, *, counts: bool
) -> None:
    """It arrives seconds after the deadline; only runs with rules 0 go by the edge's clock."""
    approval = Approval(candidate(rules=rules))
    received_at, now = (approval.candidate.deadline + timedelta(seconds=s) for s in (received_after, read_after))

    approval.take(OwnersReply("m1", str(WHATSAPP), Verdict(Outcome.APPROVED), received_at), now)

    assert (approval.decision is not None) == counts


def test_candidate_counts_its_time_only_from_its_start() -> None:
    start = ACCEPTED_AT + timedelta(seconds=300, microseconds=1999)

    started = candidate(rules=1).started_at(start)

    assert started.accepted_at == ACCEPTED_AT + timedelta(seconds=300, milliseconds=1)
    assert started.deadline - started.accepted_at == timedelta(minutes=15)
    assert started.started_at(start) == started
    assert candidate(rules=0).started_at(start) == candidate(rules=0)


def approves(approval: Approval, chat: Chat, key: str = "m", quoted: str | None = None) -> bool:
    """Approves in a chat as its owner; returns whether that decides."""
    reply = OwnersReply(key, str(chat.approver), Verdict(Outcome.APPROVED), ACCEPTED_AT, quoted)
    approval.take(reply, ACCEPTED_AT)
    return approval.decision is not None


def test_approval_of_an_unseen_draft_is_answered_and_followed_by_the_prompt() -> None:
    approval = Approval(candidate(rules=2))
    whatsapp, imessage = approval.chats
    arrives(approval, whatsapp)

    assert not approves(approval, imessage)
    assert not approval.chat_state(imessage).is_to_be_shown, "the answer comes first"
    assert told(approval, imessage).startswith("Nothing was decided: you have not seen all of")
    approval.end_telling(imessage)

    assert approval.chat_state(imessage).is_to_be_shown
    assert approves(approval, whatsapp, "m2")


@pytest.mark.parametrize("outcome", [Outcome.REJECTED, Outcome.EDITED])
def test_other_verdicts_need_no_prompt_that_was_shown_whole(outcome: Outcome) -> None:
    approval = Approval(candidate(rules=2))
    verdict = Verdict(outcome, "Mine" if outcome is Outcome.EDITED else None)

    approval.take(OwnersReply("m", str(IMESSAGE), verdict, ACCEPTED_AT), ACCEPTED_AT)

    assert approval.decision


@pytest.mark.parametrize(
    ("second", "decides"),
    [
        (None, False),
        (SendResult.REFUSED, False),
        (SendResult.WITHHELD, False),
        (SendResult.UNKNOWN, True),
        (SendResult.SENT, True),
    ],
)
def test_draft_of_two_parts_can_be_approved_once_the_second_might_be_there(
    second: SendResult | None, *, decides: bool
) -> None:
    approval = Approval(candidate(rules=2, proposed_text="word " * 350, approvers=(WHATSAPP,)))
    chat = approval.chats[0]
    arrives(approval, chat)
    approval.part_scheduled(chat, PromptAttempt(1, "2"), ACCEPTED_AT)
    if second:
        approval.part_ended(chat, SendEnd(second), ACCEPTED_AT)

    assert approves(approval, chat) is decides


def test_second_part_that_is_quoted_or_reported_is_there_though_its_send_has_not_ended() -> None:
    for quoted, status in (("SM2", None), (None, "delivered")):
        approval = Approval(candidate(rules=2, proposed_text="word " * 350, approvers=(WHATSAPP,)))
        chat, second = approval.chats[0], PromptAttempt(1, "2")
        arrives(approval, chat)
        approval.part_scheduled(chat, second, ACCEPTED_AT)
        if status:
            approval.part_reported(second, StatusReport("SM2", status))

        assert approves(approval, chat, quoted=quoted)


def test_cut_template_cannot_be_approved_until_the_whole_prompt_is_there() -> None:
    approval = Approval(candidate(rules=2, approvers=(WHATSAPP,)))
    chat = approval.chats[0]
    approval.part_scheduled(chat, _FIRST, ACCEPTED_AT, may_be_cut=True)
    approval.part_ended(chat, SendEnd(SendResult.SENT, "SM1", is_cut=True), ACCEPTED_AT)

    assert approval.troubles == [PromptState("whatsapp", PromptStanding.ARRIVED, is_cut=True)]
    assert not approves(approval, chat)
    approval.part_scheduled(chat, PromptAttempt(1, "1", 1), ACCEPTED_AT)
    approval.part_ended(chat, SendEnd(SendResult.SENT, "SM2", is_cut=False), ACCEPTED_AT)

    assert approval.troubles == []
    assert approves(approval, chat, "m2")


def test_lost_workers_message_that_might_be_cut_does_not_count_as_whole() -> None:
    for may_be_cut in (True, False):
        approval = Approval(candidate(rules=2, approvers=(WHATSAPP,)))
        chat = approval.chats[0]
        approval.part_scheduled(chat, _FIRST, ACCEPTED_AT, may_be_cut=may_be_cut)
        approval.part_ended(chat, SendEnd(SendResult.UNKNOWN, is_lost=True), ACCEPTED_AT)

        assert approves(approval, chat) is not may_be_cut


def test_owner_who_wants_to_see_it_is_owed_the_prompt_or_after_the_end_an_answer() -> None:
    for is_decided in (False, True):
        approval = Approval(candidate(rules=2))
        chat = approval.chats[1]
        if is_decided:
            approval.expire("operator:ann", ACCEPTED_AT)

        assert approval.show("m", str(IMESSAGE), ACCEPTED_AT) is chat
        assert approval.show("m", str(IMESSAGE), ACCEPTED_AT) is None

        assert approval.chat_state(chat).owed == ((TooLate(),) if is_decided else (WholePrompt(),))


def test_owner_who_waits_for_the_whole_prompt_when_it_is_decided_learns_that() -> None:
    approval = Approval(candidate(rules=2))
    chat = approval.chats[1]
    approval.show("m", str(IMESSAGE), ACCEPTED_AT)
    approval.begin_asking_again(chat)

    approval.expire("operator:ann", ACCEPTED_AT)

    assert approval.to_tell(chat) == Receipt(is_answer=True)
