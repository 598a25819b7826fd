"""What is on the wire and in histories: names, and one value of each type as JSON.

`python -m tests.wire` writes what the current version has. The files of earlier versions stay,
because their candidates, replies and workers might still exist.
"""

import json
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from temporalio import activity, workflow

import activities
from activities import messages
from activities.decisions import DecisionDelivery
from activities.messages import Message, SentMessage
from activities.receipt_handover import HandOver
from activities.replacing import Place, Succession
from adapters.temporal import connection as temporal
from domain import identifiers
from domain.candidate import Approver, Candidate, Persona, Platform
from domain.channels import Channel
from domain.conversation.handed_receipts import ChatToTell, HandedReceipt
from domain.core_withdrawal import CoreWithdrawal
from domain.decision import Decision, Outcome, Verdict
from domain.identifiers import PromptAttempt
from domain.sending.slots import Lane, SlotAnswer, SlotQuestion, SlotStatus
from engine.replies.understanding import Understanding
from tests.wire.whole import WHOLE
from worker.app import WORKFLOWS
from workflows import search_attributes
from workflows.reply import BoundReply
from workflows.signals import AttemptStatus, OperatorDecision, Reply, Withdrawal

FOLDER = Path(__file__).parent

_MOMENT = datetime(2026, 11, 24, 14, 5, 6, 789000, UTC)
_APPROVER = Approver(Channel.WHATSAPP, "+15551234567")
_QUESTION = SlotQuestion(
    key="cr_1/prompt/whatsapp/1/1",
    lane=Lane.BRAND,
    approver=_APPROVER,
    brand_id="b_acme",
    accepted_at=_MOMENT,
    latest_start=_MOMENT + timedelta(minutes=14),
)
_VERDICT = Verdict(Outcome.EDITED, "Another text")
_RECEIPT = HandedReceipt("cr_1", "whatsapp", "4821 “We hear you.”: withdrawn. Nothing is left.", "4821: withdrawn.")
_EXPIRED = Decision(Outcome.EXPIRED, None, "system:timeout", _MOMENT, timedelta(0))

SAMPLES: dict[str, Any] = {
    "Candidate": Candidate(
        id="cr_1",
        brand_id="b_acme",
        platform=Platform.X,
        source_ref="1",
        proposed_text="We hear you.",
        persona=Persona.SMART,
        context_url="https://x.com/jane/status/1",
        risk_flags=("mentions a fix",),
        accepted_at=_MOMENT,
        deadline=_MOMENT + timedelta(minutes=15),
        approvers=(_APPROVER, Approver(Channel.IMESSAGE, "owner@example.com")),
    ),
    "CandidateOfBrand": Candidate(
        id="cr_2",
        brand_id="b_acme",
        platform=Platform.X,
        source_ref="1",
        proposed_text="We hear you.",
        persona=Persona.SMART,
        context_url="https://x.com/jane/status/1",
        risk_flags=(),
        source_text="It crashed again.",
        source_author="@jane",
        accepted_at=_MOMENT,
        deadline=_MOMENT + timedelta(minutes=15),
        approvers=(_APPROVER,),
        rules=2,
        brand_name="Acme",
        utc_offset=-timedelta(hours=3, minutes=30),
        longest_post=25_000,
    ),
    "Decision": Decision(Outcome.EDITED, "Another text", str(_APPROVER), _MOMENT, timedelta(milliseconds=45230)),
    "Finding": Understanding(_APPROVER, "Got it", "cr_1", _VERDICT, by_search=True, brand_id="b_acme"),
    "BoundReply": BoundReply("imessage/1", Approver(Channel.IMESSAGE, "owner@example.com"), "Nothing is open."),
    "Reply": Reply("whatsapp/SM1", str(_APPROVER), "edited", "Another text", _MOMENT.isoformat()),
    "Delivery": AttemptStatus("1-1", "SM1", "undelivered", "63016"),
    "OperatorDecision": OperatorDecision("ann", "edited", "Another text"),
    "Withdrawal": Withdrawal("ann"),
    "CoreWithdrawal": CoreWithdrawal.in_favor_of("cr_2", [_APPROVER, Approver(Channel.IMESSAGE, "owner@example.com")]),
    "Succession": Succession("cr_2", "cr_1", (_APPROVER,)),
    "Place": Place(is_taken=True, told_in_prompts=(_APPROVER,), owed=(HandOver(_APPROVER, _RECEIPT),)),
    "SlotQuestion": _QUESTION,
    "SlotAnswer": SlotAnswer(SlotStatus.WAIT, timedelta(seconds=20), 3),
    "Message": Message("text", _QUESTION, ("b_acme on x", "We hear you."), "/webhooks/whatsapp/status/cr_1/1-1"),
    "SentMessage": SentMessage("SM1"),
    "ChatToTell": ChatToTell(_APPROVER),
    "HandedReceipt": _RECEIPT,
    "HandOver": HandOver(_APPROVER, _RECEIPT),
    "DecisionReport": DecisionDelivery("cr_1", _EXPIRED),
    **WHOLE,
}


def workflow_definitions() -> list[workflow._Definition]:
    """Returns the SDK's definition of every registered workflow, for which it has no public API."""
    return [workflow._Definition.must_from_class(kind) for kind in WORKFLOWS]  # noqa: SLF001


def activity_definitions() -> list[activity._Definition]:
    """Returns the SDK's definition of every activity in the modules of activities/."""
    modules = [import_module(f"activities.{module.name}") for module in iter_modules(activities.__path__)]
    classes = [kind for module in modules for kind in vars(module).values() if isinstance(kind, type)]
    methods = [method for kind in dict.fromkeys(classes) for method in vars(kind).values() if callable(method)]
    return [found for method in methods if (found := activity._Definition.from_callable(method))]  # noqa: SLF001


def names() -> dict[str, list[str]]:
    """Returns every name in a run, a message or an operator's command."""
    workflows = workflow_definitions()
    attempts = [PromptAttempt(1, "1"), PromptAttempt(2, "3", repetition=1), PromptAttempt(1, identifiers.TEMPLATE)]
    return {
        "workflows": [str(kind.name) for kind in workflows],
        "signals": sorted(f"{kind.name}.{name}" for kind in workflows for name in kind.signals),
        "queries": sorted(f"{kind.name}.{name}" for kind in workflows for name in kind.queries),
        "activities": sorted(str(kind.name) for kind in activity_definitions()),
        "search attributes": [f"{key.name}: {key.indexed_value_type.name}" for key in search_attributes.ALL],
        "memo": sorted(value for name, value in vars(identifiers).items() if name.startswith("MEMO_")),
        "error types": sorted([messages.OUTCOME_UNKNOWN, messages.REFUSED, messages.SUPERFLUOUS, messages.TOO_LATE]),
        "ids": [
            identifiers.approval_workflow_id("cr_1"),
            identifiers.reply_workflow_id(identifiers.message_key(Channel.WHATSAPP, "SM1")),
            identifiers.PHOTON_SUBSCRIPTION_WORKFLOW_ID,
            identifiers.receipts_workflow_id("secret", _APPROVER),
            identifiers.TASK_QUEUE,
            *(identifiers.prompt_activity_id(Channel.WHATSAPP, attempt) for attempt in attempts),
            *(identifiers.status_path("cr_1", attempt) for attempt in attempts),
            identifiers.webhook_id("cr_1"),
        ],
    }


def encoded(value: Any) -> Any:
    """Returns a value as Temporal stores it."""
    converter = temporal.data_converter({}).payload_converter
    return json.loads(converter.to_payload(value).data)
