"""One value of each type with every field filled, because later fields are on the wire, too."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from activities.decisions import DecisionDelivery
from activities.messages import Message, SentMessage
from domain.approval import PromptState
from domain.candidate import Approver, Candidate, Persona, Platform
from domain.channels import Channel
from domain.conversation.subjects import Subject, Telling
from domain.decision import Decision, Outcome, Verdict
from domain.sending.content_kinds import Content, ContentKind
from domain.sending.message_search import FoundMessage, MessageSearch, Wording
from domain.sending.sends import PromptStanding
from domain.sending.slots import Lane, SlotAnswer, SlotQuestion, SlotStatus
from engine.replies.understanding import Understanding
from workflows.reply import BoundReply
from workflows.signals import AskAgain, OptOut, Reply, Show

_MOMENT = datetime(2026, 11, 25, 9, 8, 7, 6000, UTC)
_APPROVER = Approver(Channel.WHATSAPP, "+5215512345678")
_CONTENT = Content(ContentKind.SESSION, ("Acme on X · 5109", "We hear you.", "cr_3", "08:05 (15 min from 07:50)", "⚠"))
_QUESTION = SlotQuestion(
    key="cr_3/prompt/whatsapp/2/1",
    lane=Lane.CHAT,
    approver=_APPROVER,
    brand_id="b_acme",
    accepted_at=_MOMENT,
    latest_start=_MOMENT + timedelta(minutes=14),
    asked_at=_MOMENT + timedelta(seconds=3),
    topic="question",
)
_VERDICT = Verdict(Outcome.REJECTED, "Another text", "too salesy")
_DECISION = Decision(
    Outcome.REJECTED,
    "Another text",
    str(_APPROVER),
    _MOMENT,
    timedelta(seconds=4),
    note="too salesy",
    reason="every channel failed",
    replaced_by="cr_4",
)
_SUBJECT = Subject(
    "cr_3", Telling.PROPOSAL, ended=("cr_4", "cr_5"), proposed_by="whatsapp/SM2", wants_text=True, answers_prompt=True
)

WHOLE: dict[str, Any] = {
    "WholeCandidate": Candidate(
        id="cr_3",
        brand_id="b_acme",
        platform=Platform.REDDIT,
        source_ref="1",
        proposed_text="We hear you.",
        persona=Persona.UNHINGED,
        context_url="https://example.com/1",
        risk_flags=("a fix", "sarcasm"),
        source_text="It crashed again.",
        source_author="@jane",
        accepted_at=_MOMENT,
        deadline=_MOMENT + timedelta(minutes=15),
        approvers=(_APPROVER, Approver(Channel.WHATSAPP, "+15551234567")),
        rules=2,
        brand_name="Acme",
        utc_offset=timedelta(hours=-6),
        longest_post=25_000,
        has_buttons=True,
        replaces="cr_2",
    ),
    "WholeDecision": _DECISION,
    "PromptState": PromptState("whatsapp/2", PromptStanding.FAILED, "63016", is_cut=True),
    "WholeFinding": Understanding(
        _APPROVER,
        "Got it",
        "cr_3",
        _VERDICT,
        by_search=True,
        brand_id="b_acme",
        subject=_SUBJECT,
        opts_out=True,
        more=("We hear you.",),
        others=("cr_4",),
        proposed="Another text",
        shows=True,
        offers="cr_3",
        verdicts=(_VERDICT, Verdict(Outcome.APPROVED)),
    ),
    "WholeBoundReply": BoundReply(
        "imessage/1", _APPROVER, "To change it, …", _SUBJECT, ("We hear you.",), topic="question", while_open="cr_3"
    ),
    "WholeReply": Reply(
        "whatsapp/SM2", str(_APPROVER), "rejected", "Another text", _MOMENT.isoformat(), "SM1", "too salesy"
    ),
    "Show": Show("whatsapp/SM2", str(_APPROVER)),
    "OptOut": OptOut(str(_APPROVER)),
    "AskAgain": AskAgain("ann", "whatsapp/2"),
    "WholeSlotQuestion": _QUESTION,
    "WholeSlotAnswer": SlotAnswer(SlotStatus.WAIT, timedelta(milliseconds=1500), 2),
    "WholeMessage": Message(
        "Acme on X · 5109\n│ We hear you.",
        _QUESTION,
        template=("b_acme on x", "We hear you."),
        status_path="/webhooks/whatsapp/status/cr_3/2-1",
        subject=_SUBJECT,
        session=_CONTENT,
        outside=replace(_CONTENT, kind=ContentKind.CUT),
        while_open="cr_3",
    ),
    "WholeSentMessage": SentMessage("SM2", _MOMENT, "session"),
    "MessageSearch": MessageSearch(
        _APPROVER, (Wording("Acme on X · 5109"), Wording("", ("Acme on X · 5109", "We hear you."))), _MOMENT
    ),
    "FoundMessage": FoundMessage("SM2", "undelivered", "63016"),
    "WholeDecisionReport": DecisionDelivery("cr_3", _DECISION, "b_acme", "1"),
}
