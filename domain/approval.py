"""The bookkeeping of one candidate: who was asked, what was decided, which chat is owed a message."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain import texts
from domain.attempts import Attempts
from domain.candidate import Approver, Candidate, Channel
from domain.decision import ApprovalState, Decision, Outcome, Verdict
from domain.identifiers import PromptAttempt
from domain.prompt_ids import PromptIds
from domain.provider_faults import OPTED_OUT
from domain.sends import PromptStanding, SendEnd, SendResult
from domain.status_reports import StatusReport


@dataclass
class Chat:
    """One approver's conversation.

    `name` tells it from the candidate's other chats. `under_way` is the part of the prompt that is being sent;
    `telling` says that another message is. `informed` says that the decision is known there; `answer` is what the last
    reply is still owed, and `came_late` says that this came after the deadline; `decided_at_edge` is when the edge
    received the verdict of this chat; `to_be_asked_again` is an operator's wish.
    """

    approver: Approver
    name: str
    attempts: Attempts
    asked_at: datetime | None = None
    under_way: PromptAttempt | None = None
    telling: bool = False
    informed: bool = False
    decided_at_edge: datetime | None = None
    answer: str | None = None
    to_be_asked_again: bool = False
    came_late: bool = False

    @property
    def busy(self) -> bool:
        return self.under_way is not None

    @property
    def may_have_been_asked(self) -> bool:
        return self.attempts.may_have_arrived

    @property
    def label(self) -> str:
        """The chat as operators read it: by the approver's number, if the channel alone does not tell."""
        number = self.name.partition("/")[2]
        return self.approver.channel.label + (f", approver {number}" if number else "")


@dataclass(frozen=True)
class OwnersReply:
    """A reply as it was understood; without a verdict it was not."""

    message_key: str
    sender: str
    verdict: Verdict | None
    received_at: datetime
    quoted: str | None = None
    """The provider's id of the prompt's message whose button was tapped."""


@dataclass(frozen=True)
class PromptState:
    """How the prompt of one chat stands; with the provider's code of its last failure, if it gave one."""

    chat: str
    standing: PromptStanding
    error_code: str | None = None


class Approval:
    """Decides once. What comes after the decision is answered, and changes nothing."""

    def __init__(self, candidate: Candidate) -> None:
        self.candidate = candidate
        self.chats = [
            Chat(approver, candidate.chat_name(number), Attempts(waits_for_us=candidate.rules > 0))
            for number, approver in enumerate(candidate.approvers, start=1)
        ]
        self.decision: Decision | None = None
        self._seen: set[str] = set()

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
        """The prompts that failed, that came back, or of which nothing shows that they arrived."""
        return [
            PromptState(chat.name, chat.attempts.standing, chat.attempts.error_code)
            for chat in self.chats
            if chat.attempts.returned_part or chat.attempts.standing in {PromptStanding.UNKNOWN, PromptStanding.FAILED}
        ]

    @property
    def undeliverable(self) -> bool:
        return all(chat.attempts.failed for chat in self.chats)

    def part_scheduled(self, chat: Chat, attempt: PromptAttempt, now: datetime) -> None:
        """From here on the chat counts as asked: the message may arrive at any moment."""
        chat.under_way = attempt
        chat.asked_at = chat.asked_at or now
        chat.attempts.begin(attempt)

    def part_ended(self, chat: Chat, end: SendEnd, now: datetime) -> None:
        """Note how a send ended; where that is unknown, the moment of its scheduling stays the one of asking."""
        assert chat.under_way is not None
        if end.result is SendResult.SENT and not chat.may_have_been_asked and self.decision is None:
            chat.asked_at = now
        chat.attempts.end(chat.under_way, end.result, end.message_id, end.error_code)
        chat.under_way = None
        if chat.decided_at_edge and end.accepted_at and end.accepted_at <= chat.decided_at_edge:
            chat.informed = True
        self._forget_unasked(chat)

    def part_reported(self, attempt: PromptAttempt, report: StatusReport) -> Chat | None:
        """Take a status report of a part's message; return the chat if that is news there."""
        chat = next(iter(self.chats[attempt.approver_number - 1 :][:1]), None)
        if chat is None or chat.approver.channel is not Channel.WHATSAPP:
            return None
        if not chat.attempts.take_report(attempt, report):
            return None
        self._forget_unasked(chat)
        return chat

    def ask_again(self, chat_name: str | None) -> list[Chat]:
        """Let one chat be asked again, those of a channel, or without a name all; returns them.

        Where nothing is out yet, the first attempt goes on, and nobody is asked twice.
        """
        named = [chat for chat in self.chats if chat_name in {None, chat.name, chat.approver.channel}]
        chats = [chat for chat in named if chat.may_have_been_asked or chat.attempts.failed]
        for chat in chats:
            chat.to_be_asked_again, chat.informed = True, False
            chat.attempts.resume()
        return chats

    def part_found(self, chat: Chat, part: str, found: Sequence[StatusReport]) -> bool:
        """Take what a search at the provider found of a part; False if that is no news."""
        is_news = chat.attempts.find(part, found)
        self._forget_unasked(chat)
        return is_news

    def opt_out(self, sender: str) -> Chat | None:
        """End what is open in the chat of somebody who wrote STOP; returns it. The edge has answered already."""
        chat = next((chat for chat in self.chats if str(chat.approver) == sender), None)
        if chat is None or self.decision:
            return None
        chat.attempts.give_up(OPTED_OUT)
        chat.informed, chat.answer = True, None
        return chat

    def owes(self, chat: Chat) -> bool:
        """Whether a message besides prompts is due: an answer, or the receipt where the prompt may have arrived."""
        receipt_due = self.decision is not None and chat.may_have_been_asked and not chat.informed
        return not (chat.busy or chat.telling) and (chat.answer is not None or receipt_due)

    @property
    def settled(self) -> bool:
        """Whether no chat is owed anything and none has a message under way."""
        return not any(chat.busy or chat.telling or self.owes(chat) for chat in self.chats)

    def tells_end(self, chat: Chat) -> bool:
        """Whether the message that is due tells that the candidate is over."""
        return self.decision is not None or chat.came_late

    def settle_with(self, chat: Chat) -> str:
        """Give the message that is due, and count it as said."""
        chat.telling = True
        answer, chat.answer = chat.answer, None
        chat.informed = chat.informed or self.decision is not None
        return answer or self._receipt(chat, to_decider=False)

    def take(self, reply: OwnersReply, now: datetime) -> None:
        """Read one reply in the order of history; it decides, or its chat is owed an answer, or it is a repetition."""
        if reply.message_key in self._seen:
            return
        chat = next((chat for chat in self.chats if str(chat.approver) == reply.sender), None)
        if chat is None:
            return
        self._seen.add(reply.message_key)
        chat.attempts.answered()
        chat.came_late = self._is_late(reply, now)
        if self.decision or chat.came_late:
            if not self._knows(chat, reply.verdict):
                chat.answer = texts.too_late(self.candidate.id, self.decision, self.candidate.deadline, chat.approver)
        elif reply.verdict is None:
            chat.answer = texts.not_understood(self.candidate.id)
        elif reply.verdict.excess:
            chat.answer = texts.too_long(self.candidate.id, reply.verdict)
        else:
            self._hear(chat, reply)
            self.decide(reply.verdict, reply.sender, now)

    def _is_late(self, reply: OwnersReply, now: datetime) -> bool:
        """Whether it came after the deadline; the edge's clock is asked only about a reply that is read after it."""
        deadline = self.candidate.deadline
        is_read_in_time = self.candidate.rules >= 1 and now <= deadline
        return reply.received_at > deadline and not is_read_in_time

    def expire(self, decider: str, now: datetime) -> None:
        self.decide(Verdict(Outcome.EXPIRED), decider, now)

    def decide(self, verdict: Verdict, decider: str, now: datetime) -> None:
        """Make the decision, unless it is made; every chat that was asked is owed a receipt, unless it knows."""
        if self.decision:
            return
        text = {Outcome.APPROVED: self.candidate.proposed_text, Outcome.EDITED: verdict.text}.get(verdict.outcome)
        asked = [c.asked_at for c in self.chats if c.asked_at and (c.may_have_been_asked or str(c.approver) == decider)]
        decided_at = now.replace(microsecond=now.microsecond // 1000 * 1000)
        latency = max(decided_at - min(asked, default=self.candidate.accepted_at), timedelta(0))
        self.decision = Decision(verdict.outcome, text, decider, decided_at, latency)
        for chat in self.chats:
            is_decider = str(chat.approver) == decider
            if is_decider and chat.approver.channel is Channel.WHATSAPP:
                chat.informed, chat.answer = chat.informed or not chat.busy, None
            elif is_decider or chat.answer:  # an answer that was still due would be out of date
                chat.answer = self._receipt(chat, to_decider=is_decider)

    def _hear(self, chat: Chat, reply: OwnersReply) -> None:
        """Note what the verdict shows of a part under way: who has read it needs no word after the edge's own."""
        if self.candidate.rules > 0 and chat.under_way and chat.approver.channel is Channel.WHATSAPP:
            chat.informed = chat.informed or chat.attempts.is_shown(chat.under_way, reply.quoted)
            chat.decided_at_edge = reply.received_at

    def _forget_unasked(self, chat: Chat) -> None:
        if not (chat.busy or chat.may_have_been_asked):
            chat.asked_at = None

    def _receipt(self, chat: Chat, *, to_decider: bool) -> str:
        assert self.decision is not None
        reader, deadline = chat.approver, self.candidate.deadline
        return texts.receipt(self.candidate.id, self.decision, deadline, reader, to_decider=to_decider)

    def _knows(self, chat: Chat, verdict: Verdict | None) -> bool:
        """On WhatsApp the edge has said what it understood: a chat that wanted what was decided needs no more."""
        return (
            chat.approver.channel is Channel.WHATSAPP
            and self.decision is not None
            and verdict is not None
            and verdict.outcome is self.decision.outcome
            and (verdict.text is None or verdict.text == self.decision.final_text)
        )
