"""The bookkeeping of one candidate: who was asked, the decision, and what each chat is owed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.approver_chat import Chat, ChatState
from domain.candidate import RULES_OF_WHOLE_PROMPTS, Approver, Candidate
from domain.conversation import receipt_rule as receipts
from domain.conversation.owed_messages import Answer, NotUnderstood, NotWhole, Receipt, TooLate, TooLong
from domain.decision import (
    CORE_REPLACED,
    SYSTEM_UNDELIVERABLE,
    ApprovalState,
    Decision,
    Outcome,
    OwnersReply,
    Verdict,
)
from domain.identifiers import TEMPLATE, PromptAttempt
from domain.sending.attempts import Attempts
from domain.sending.prompt_ids import PromptIds
from domain.sending.provider_faults import OPTED_OUT, explained
from domain.sending.sends import PromptStanding, SendEnd, SendResult
from domain.sending.status_reports import StatusReport
from domain.writing.prompt_parts import prompt


@dataclass(frozen=True)
class PromptState:
    """The standing of one chat's prompt, with the provider's last error code, if there is one.

    `is_cut` is true if only the template with the beginning of the draft is out.
    """

    chat: str
    standing: PromptStanding
    error_code: str | None = None
    is_cut: bool = False


class Approval:
    """Decides once; later replies are answered, and change nothing."""

    def __init__(self, candidate: Candidate) -> None:
        self.candidate = candidate
        self.chats = [
            Chat(approver, candidate.chat_name(number), Attempts(waits_for_us=candidate.rules > 0))
            for number, approver in enumerate(candidate.approvers, start=1)
        ]
        self.decision: Decision | None = None
        self.left_to_successor: list[str] = []
        """The approvers who learn of the end from the successor's prompt, and get no receipt."""
        self._states = {chat: ChatState() for chat in self.chats}
        self._seen: set[str] = set()
        self._waits_for_place = candidate.replaces is not None
        self._told_in_prompts: Collection[Approver] = ()

    @property
    def state(self) -> ApprovalState:
        if self.decision:
            return ApprovalState(self.decision.outcome)
        if self.candidate.rules == 0:
            return ApprovalState.PROMPTED if self.prompt_ids.flat else ApprovalState.NEW
        is_prompted = any(chat.attempts.has_arrived for chat in self.chats)
        return ApprovalState.PROMPTED if is_prompted else ApprovalState.NEW

    @property
    def prompt_ids(self) -> PromptIds:
        asked = [chat for chat in self.chats if chat.may_have_been_asked]
        return PromptIds(
            channels=tuple(dict.fromkeys(chat.approver.channel for chat in asked)),
            chats=tuple(chat.name for chat in asked),
            message_ids=tuple(message_id for chat in self.chats for message_id in chat.attempts.message_ids),
        )

    @property
    def troubles(self) -> list[PromptState]:
        """The prompts that failed, were returned, are cut, or might not have arrived."""
        return [
            PromptState(chat.name, attempts.standing, attempts.error_code, attempts.is_cut)
            for chat in self.chats
            if (attempts := chat.attempts).returned_part
            or attempts.is_cut
            or attempts.standing in {PromptStanding.UNKNOWN, PromptStanding.FAILED}
        ]

    @property
    def undeliverable(self) -> bool:
        return all(chat.attempts.failed for chat in self.chats)

    def chat_state(self, chat: Chat) -> ChatState:
        return self._states[chat]

    def part_scheduled(self, chat: Chat, attempt: PromptAttempt, now: datetime, *, may_be_cut: bool = False) -> None:
        """Records that a part is about to be sent.

        From now on the chat counts as asked, because the message can arrive at any moment.
        """
        self._states[chat] = self._states[chat].part_scheduled(attempt, now)
        chat.attempts.begin(attempt, may_be_cut=may_be_cut)

    def part_ended(self, chat: Chat, end: SendEnd, now: datetime) -> None:
        """Records how a send ended.

        If its outcome is unknown, the chat counts as asked since the send was scheduled.
        """
        state = self._states[chat]
        assert state.sending is not None
        asks = end.result is SendResult.SENT and not chat.may_have_been_asked and self.decision is None
        chat.attempts.end(state.sending, end.result, end.message_id, end.error_code, is_cut=end.is_cut)
        self._states[chat] = state.part_ended(now if asks else state.asked_at, end.accepted_at)
        self._forget_unasked(chat)

    def part_reported(self, attempt: PromptAttempt, report: StatusReport) -> Chat | None:
        """Records a status report of a part's message; returns the chat if the report is new."""
        chat = next(iter(self.chats[attempt.approver_number - 1 :][:1]), None)
        if chat is None or not chat.approver.channel.traits.reports_statuses:
            return None
        if not chat.attempts.take_report(attempt, report):
            return None
        self._forget_unasked(chat)
        return chat

    def ask_again(self, chat_name: str | None) -> list[Chat]:
        """Requests the prompt again for one chat, a channel's chats or all; returns these chats.

        A chat whose first attempt has not gone out yet is left out, so that nobody is asked twice.
        """
        named = [chat for chat in self.chats if chat_name in {None, chat.name, chat.approver.channel}]
        chats = [chat for chat in named if chat.may_have_been_asked or chat.attempts.failed]
        for chat in chats:
            self._states[chat] = self._states[chat].asked_again()
            chat.attempts.resume()
        return chats

    def note_asking(self, chat: Chat, *, is_on: bool) -> None:
        """Records that the parts of the first prompt begin to go out, or that no more follow."""
        self._states[chat] = replace(self._states[chat], asking=is_on)

    def begin_asking_again(self, chat: Chat) -> bool:
        """Begins what `ask_again` or `show` requested; returns whether to show the whole prompt."""
        self._states[chat] = self._states[chat].prompt_again_begun()
        return self._states[chat].showing

    def end_asking_again(self, chat: Chat) -> None:
        self._states[chat] = self._states[chat].prompt_again_ended()

    def show(self, message_key: str, sender: str, now: datetime) -> Chat | None:
        """Requests the whole prompt for an owner, or the answer that it is too late.

        Returns the chat; None if the sender is unknown or the message is a redelivery.
        """
        chat = self._chat_of(sender)
        if chat is None or message_key in self._seen:
            return None
        self._seen.add(message_key)
        chat.attempts.answered()
        if self.decision or now > self.candidate.deadline:
            self._owe(chat, TooLate())
        else:
            self._want_whole(chat)
        return chat

    def give_up(self, chat: Chat) -> None:
        """Records that the prompt cannot be sent there: no slot was left for its template."""
        chat.attempts.give_up()

    def part_found(self, chat: Chat, part: str, found: Sequence[StatusReport]) -> bool:
        """Records what a search at the provider found of a part; returns False if it is not new."""
        is_news = chat.attempts.find(part, found)
        self._forget_unasked(chat)
        return is_news

    def was_shown_whole(self, chat: Chat, quoted: str | None = None) -> bool:
        """Returns whether the chat might show the whole draft.

        Nobody can approve a draft that they cannot have read there.
        """
        if self.candidate.rules < RULES_OF_WHOLE_PROMPTS:
            return True
        parts = [part.name for part in prompt(self.as_read_in(chat), chat.approver.channel)]
        return chat.attempts.may_show(TEMPLATE) or all(chat.attempts.may_show(part, quoted) for part in parts)

    def as_read_in(self, chat: Chat) -> Candidate:
        """Returns the candidate as its prompt shows it.

        The prompt names the replaced candidate only in a chat that was asked about that one.
        """
        is_known = chat.approver in self._told_in_prompts
        return self.candidate if is_known else replace(self.candidate, replaces=None)

    def take_place(self, told_in_prompts: Collection[Approver]) -> None:
        """Records that the replaced candidate ended, and which approvers' prompts report that."""
        self._waits_for_place = False
        self._told_in_prompts = told_in_prompts

    def may_take(self, verdict: Verdict) -> bool:
        """Returns whether a verdict can count now.

        Until the replaced candidate has ended, only a rejection counts: otherwise both could be
        posted.
        """
        return not self._waits_for_place or verdict.outcome is Outcome.REJECTED

    def opt_out(self, sender: str) -> Chat | None:
        """Ends everything open in the chat of a sender who wrote STOP; returns the chat.

        The edge has answered already.
        """
        chat = self._chat_of(sender)
        if chat is None or self.decision:
            return None
        chat.attempts.give_up(OPTED_OUT)
        self._states[chat] = self._states[chat].ended_by_opt_out()
        return chat

    def to_tell(self, chat: Chat) -> Answer | Receipt | None:
        """Returns the message, other than a prompt, that a chat is to be sent now."""
        return self._states[chat].to_tell(may_have_been_asked=chat.may_have_been_asked)

    @property
    def settled(self) -> bool:
        """Whether no chat is owed anything, and no chat has a message under way."""
        return not any(state.sending or state.telling or self.to_tell(chat) for chat, state in self._states.items())

    def begin_telling(self, chat: Chat) -> Answer | Receipt:
        """Returns the message that is due, and records it as sent."""
        message = self.to_tell(chat)
        assert message is not None
        self._states[chat] = self._states[chat].telling_begun(message)
        return message

    def end_telling(self, chat: Chat) -> None:
        self._states[chat] = self._states[chat].telling_ended()

    def take(self, reply: OwnersReply, now: datetime) -> None:
        """Reads one reply, in the order of history.

        It decides, or its chat is owed an answer. A redelivery is ignored.
        """
        if reply.message_key in self._seen:
            return
        chat = self._chat_of(reply.sender)
        if chat is None:
            return
        self._seen.add(reply.message_key)
        chat.attempts.answered()
        if self.decision or self._is_late(reply, now):
            if not receipts.knows(chat, reply.verdict, self.decision):
                self._owe(chat, TooLate())
        elif reply.verdict is None:
            self._owe(chat, NotUnderstood())
        elif reply.verdict.excess:
            self._owe(chat, TooLong(reply.verdict))
        elif not self.may_take(reply.verdict) or self._is_blind(chat, reply):
            self._owe(chat, NotWhole())
            self._want_whole(chat)
        else:
            self.decide(reply.verdict, reply.sender, now, reply)

    def _is_blind(self, chat: Chat, reply: OwnersReply) -> bool:
        """Returns whether a reply approves a draft that its chat was not shown whole."""
        is_approval = reply.verdict is not None and reply.verdict.outcome is Outcome.APPROVED
        return is_approval and not self.was_shown_whole(chat, reply.quoted)

    def _want_whole(self, chat: Chat) -> None:
        if self._is_coming(chat):
            return
        self._states[chat] = self._states[chat].to_be_shown()
        chat.attempts.resume()

    def _is_coming(self, chat: Chat) -> bool:
        """Returns whether the rest of the prompt is on its way, or is being shown."""
        if self.candidate.rules < RULES_OF_WHOLE_PROMPTS:
            return False
        state, attempts = self._states[chat], chat.attempts
        is_first = state.asking and attempts.may_have_arrived and not (attempts.is_cut or attempts.failed)
        return state.showing or (is_first and not self.was_shown_whole(chat))

    def _is_late(self, reply: OwnersReply, now: datetime) -> bool:
        """Returns whether a reply arrived after the deadline.

        The edge's clock counts only for a reply that is read after the deadline.
        """
        deadline = self.candidate.deadline
        is_read_in_time = self.candidate.rules >= 1 and now <= deadline
        return reply.received_at > deadline and not is_read_in_time

    def expire(self, decider: str, now: datetime) -> None:
        self.decide(Verdict(Outcome.EXPIRED), decider, now)

    def give_way(self, successor_id: str, its_approvers: Collection[str], now: datetime) -> None:
        """Ends the candidate in favor of its successor.

        The successor's prompts report that to the approvers whom both candidates ask.
        """
        if self.decision:
            return
        self.expire(CORE_REPLACED, now)
        assert self.decision is not None
        self.decision = replace(self.decision, replaced_by=successor_id)
        for chat in self.chats:
            is_told = chat.may_have_been_asked and str(chat.approver) in its_approvers
            if is_told and Receipt() in self._states[chat].owed:
                self._states[chat] = self._states[chat].told_by_another()
                self.left_to_successor.append(str(chat.approver))

    def decide(self, verdict: Verdict, decider: str, now: datetime, reply: OwnersReply | None = None) -> None:
        """Makes the decision unless there is one; owes receipts to the chats that do not know it.

        `reply` contains the verdict if an owner decides.
        """
        if self.decision:
            return
        text = {Outcome.APPROVED: self.candidate.proposed_text, Outcome.EDITED: verdict.text}.get(verdict.outcome)
        asked = [
            state.asked_at
            for chat, state in self._states.items()
            if state.asked_at and (chat.may_have_been_asked or str(chat.approver) == decider)
        ]
        decided_at = now.replace(microsecond=now.microsecond // 1000 * 1000)
        latency = max(decided_at - min(asked, default=self.candidate.accepted_at), timedelta(0))
        reason = self._failure if decider == SYSTEM_UNDELIVERABLE else None
        self.decision = Decision(verdict.outcome, text, decider, decided_at, latency, verdict.note, reason)
        heard = reply if self.candidate.rules > 0 else None
        for chat in self.chats:
            state = self._states[chat]
            self._states[chat] = state.decided(receipts.receipt(chat, state, decider, heard))

    @property
    def _failure(self) -> str | None:
        """Why the prompts failed: the providers' codes with their meanings; None without a code."""
        codes = {chat.label: chat.attempts.error_code for chat in self.chats}
        return "; ".join(f"{label}: {explained(code)}" for label, code in codes.items() if code) or None

    def _owe(self, chat: Chat, answer: Answer) -> None:
        self._states[chat] = self._states[chat].owing(answer)

    def _chat_of(self, sender: str) -> Chat | None:
        return next((chat for chat in self.chats if str(chat.approver) == sender), None)

    def _forget_unasked(self, chat: Chat) -> None:
        if not (self._states[chat].sending or chat.may_have_been_asked):
            self._states[chat] = self._states[chat].unasked()
