"""The bookkeeping of one candidate: who was asked, what was decided, which chat is owed a message."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain import texts
from domain.candidate import Approver, Candidate, Channel
from domain.decision import (
    ApprovalState,
    Decision,
    Outcome,
    Verdict,
)


@dataclass
class Chat:
    """One approver's conversation.

    `arrived` once a part of the prompt is out, or may be; `busy` while a part is under way, `telling` while another
    message is; `informed` once the decision is known there; `answer` is what the last reply is still owed.
    """

    approver: Approver
    asked_at: datetime | None = None
    arrived: bool = False
    failed: bool = False
    busy: bool = False
    telling: bool = False
    informed: bool = False
    answer: str | None = None
    prompt_ids: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class OwnersReply:
    """A reply as it was understood; without a verdict it was not."""

    message_key: str
    sender: str
    verdict: Verdict | None
    received_at: datetime


class Approval:
    """Decides once. What comes after the decision is answered, and changes nothing."""

    def __init__(self, candidate: Candidate) -> None:
        self.candidate = candidate
        self.chats = [Chat(approver) for approver in candidate.approvers]
        self.decision: Decision | None = None
        self._seen: set[str] = set()

    @property
    def state(self) -> ApprovalState:
        if self.decision:
            return ApprovalState(self.decision.outcome)
        return ApprovalState.PROMPTED if self.prompt_ids else ApprovalState.NEW

    @property
    def prompt_ids(self) -> list[str]:
        """The channels that were asked, and the providers' ids of all parts."""
        channels = [chat.approver.channel.value for chat in self.chats if chat.arrived]
        return [*dict.fromkeys(channels), *(prompt_id for chat in self.chats for prompt_id in chat.prompt_ids)]

    @property
    def undeliverable(self) -> bool:
        return all(chat.failed for chat in self.chats)

    def part_scheduled(self, chat: Chat, now: datetime) -> None:
        """From here on the chat counts as asked: the message may arrive at any moment."""
        chat.busy = True
        chat.asked_at = chat.asked_at or now

    def part_arrived(self, chat: Chat, prompt_id: str | None, sent_at: datetime | None) -> None:
        """Note that a part is out, or may be: then without a moment, so that the one of its scheduling stays."""
        if sent_at and not chat.arrived and self.decision is None:
            chat.asked_at = sent_at
        chat.arrived = True
        if prompt_id:
            chat.prompt_ids.append(prompt_id)

    def part_withheld(self, chat: Chat, *, for_good: bool) -> None:
        """Note that a part certainly did not arrive, and never will if it is for good."""
        if not chat.arrived:
            chat.asked_at = None
            chat.failed = for_good

    def owes(self, chat: Chat) -> bool:
        """Whether a message besides prompts is due: an answer, or the receipt where the prompt arrived."""
        receipt_due = self.decision is not None and chat.arrived and not chat.informed
        return not (chat.busy or chat.telling) and (chat.answer is not None or receipt_due)

    @property
    def settled(self) -> bool:
        """Whether no chat is owed anything and none has a message under way."""
        return not any(chat.busy or chat.telling or self.owes(chat) for chat in self.chats)

    def settle_with(self, chat: Chat) -> str:
        """Give the message that is due, and count it as said."""
        chat.telling = True
        answer, chat.answer = chat.answer, None
        chat.informed = self.decision is not None
        return answer or self._receipt(to_decider=False)

    def take(self, reply: OwnersReply, now: datetime) -> None:
        """Read one reply in the order of history; it decides, or its chat is owed an answer, or it is a repetition."""
        if reply.message_key in self._seen:
            return
        chat = next((chat for chat in self.chats if str(chat.approver) == reply.sender), None)
        if chat is None:
            return
        self._seen.add(reply.message_key)
        if self.decision or reply.received_at > self.candidate.deadline:
            if not self._knows(chat, reply.verdict):
                chat.answer = texts.too_late(self.candidate.id, self.decision, self.candidate.deadline)
        elif reply.verdict is None:
            chat.answer = texts.not_understood(self.candidate.id)
        elif reply.verdict.excess:
            chat.answer = texts.too_long(self.candidate.id, reply.verdict)
        else:
            self.decide(reply.verdict, reply.sender, now)

    def expire(self, decider: str, now: datetime) -> None:
        self.decide(Verdict(Outcome.EXPIRED), decider, now)

    def decide(self, verdict: Verdict, decider: str, now: datetime) -> None:
        """Make the decision, unless it is made; every chat that was asked is owed a receipt, unless it knows."""
        if self.decision:
            return
        text = {Outcome.APPROVED: self.candidate.proposed_text, Outcome.EDITED: verdict.text}.get(verdict.outcome)
        asked = [c.asked_at for c in self.chats if c.asked_at and (c.arrived or str(c.approver) == decider)]
        decided_at = now.replace(microsecond=now.microsecond // 1000 * 1000)
        latency = max(decided_at - min(asked, default=self.candidate.accepted_at), timedelta(0))
        self.decision = Decision(verdict.outcome, text, decider, decided_at, latency)
        for chat in self.chats:
            is_decider = str(chat.approver) == decider
            if is_decider and chat.approver.channel is Channel.WHATSAPP:
                chat.informed, chat.answer = not chat.busy, None
            elif is_decider or chat.answer:  # an answer that was still due would be out of date
                chat.answer = self._receipt(to_decider=is_decider)

    def _receipt(self, *, to_decider: bool) -> str:
        assert self.decision is not None
        return texts.receipt(self.candidate.id, self.decision, self.candidate.deadline, to_decider=to_decider)

    def _knows(self, chat: Chat, verdict: Verdict | None) -> bool:
        """On WhatsApp the edge has said what it understood: a chat that wanted what was decided needs no more."""
        return (
            chat.approver.channel is Channel.WHATSAPP
            and self.decision is not None
            and verdict is not None
            and verdict.outcome is self.decision.outcome
            and (verdict.text is None or verdict.text == self.decision.final_text)
        )
