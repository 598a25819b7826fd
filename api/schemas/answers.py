"""The edge's answers."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
)

from domain.candidate import Platform
from domain.channels import Channel
from domain.decision import ApprovalState, CallbackState, Decision, Outcome
from domain.sending.sends import PromptStanding
from engine.endings import EndedBy

VIA = "the source of the decision: whatsapp, imessage, operator, core or system; later versions may add others"
_NUMBER = "the number by which owners name the candidate; derived from its id, and not unique"


FINAL_TEXT = "the text to post: the draft if approved, the owner's text if edited, otherwise null"
DECIDER = (
    "who decided: an owner (`whatsapp:+…`, `imessage:…`), an operator (`operator:<name>`) or you (`core:withdrawn`, "
    "`core:replaced`); `system:timeout` if nobody decided in time, `system:undeliverable` if no prompt arrived, "
    "`system:overtaken` if the candidate to be replaced was decided first"
)
LATENCY = "milliseconds from the first prompt to the decision, or from acceptance if there was no prompt"
_CANDIDATE_ID = "the candidate's id, as you chose it"
_CHANNELS = "the channels on which its owners are asked"


class Answer(BaseModel):
    """A route's answer; all fields are present, even those with a default here."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


class CandidateAccepted(Answer):
    status: Annotated[
        Literal["accepted", "duplicate"],
        Field(description="`duplicate`: the same candidate was accepted before; nothing is sent again"),
    ]
    candidate_id: Annotated[str, Field(description=_CANDIDATE_ID)]
    channels: Annotated[list[Channel], Field(description=_CHANNELS)]
    number: Annotated[str, Field(description=_NUMBER)]
    deadline: Annotated[
        datetime, Field(description="when it expires, to within a second; GET /candidate/{id} has the exact time")
    ]
    warnings: Annotated[list[str], Field(description="unknown fields, which were ignored; ten at most")]


class CandidateWithdrawn(Answer):
    status: Annotated[
        Literal["withdrawing"], Field(description="takes effect at once, unless the candidate is decided first")
    ]
    candidate_id: Annotated[str, Field(description=_CANDIDATE_ID)]


class Activity(Answer):
    id: Annotated[str, Field(description=_CANDIDATE_ID)]
    brand_id: Annotated[str, Field(description="the brand that the draft speaks for")]
    platform: Annotated[Platform, Field(description="the platform to post on")]
    proposed_text: Annotated[str, Field(description="the draft")]
    state: Annotated[
        ApprovalState,
        Field(description="`new`: accepted, nobody asked yet; `prompted`: somebody was asked; otherwise the decision"),
    ]
    created_at: Annotated[datetime, Field(description="when it was accepted")]
    decided_at: Annotated[datetime | None, Field(description="null before the decision")] = None
    decision: Annotated[Outcome | None, Field(description="null before the decision")] = None
    final_text: Annotated[str | None, Field(description=FINAL_TEXT)] = None
    decider: Annotated[str | None, Field(description=DECIDER, examples=["whatsapp:+15551234567"])] = None
    via: Annotated[str | None, Field(description=VIA, examples=["whatsapp"])] = None
    latency_ms: Annotated[int | None, Field(description=LATENCY)] = None


class PromptOut(Answer):
    """The state of one approver's prompt."""

    channel: Annotated[Channel, Field(description="the channel on which the approver is asked")]
    standing: Annotated[
        PromptStanding,
        Field(description="`waiting`: not asked yet (after the decision: never asked); `failed`: not asked again"),
    ]
    code: Annotated[str | None, Field(description="the provider's code for the last failure")] = None
    reason: Annotated[str | None, Field(description="the meaning of the code")] = None


class Ended(Answer):
    """How a run ended without a decision."""

    by: Annotated[
        EndedBy, Field(description="`operator`: terminated by an operator; `engine`: ended at one of Temporal's limits")
    ]
    reason: Annotated[str, Field(description="the operator's or the engine's reason")]


class CandidateOut(Activity):
    number: Annotated[str, Field(description=_NUMBER)]
    source_ref: Annotated[str, Field(description="id of the post that the draft answers")]
    replaces: Annotated[str | None, Field(description="the candidate that this one replaces")] = None
    replaced_by: Annotated[str | None, Field(description="the candidate that replaced this one")] = None
    note: Annotated[str | None, Field(description="the owner's note to the agent, sent with a rejection")] = None
    reason: Annotated[str | None, Field(description="why no prompt could be delivered, by the provider's code")] = None
    channels: Annotated[list[Channel], Field(description=_CHANNELS)]
    prompts: Annotated[list[PromptOut], Field(description="one per approver")]
    deadline: Annotated[datetime, Field(description="when it expires, unless it is decided first")]
    callback: Annotated[
        CallbackState | None,
        Field(description="state of the decision's delivery; `parked` waits for an operator; null before the decision"),
    ]
    ended: Annotated[
        Ended | None,
        Field(
            description="set if no decision will follow; the id stays taken, so post a new candidate with another id"
        ),
    ] = None


class ActivityPage(Answer):
    brand_id: Annotated[str | None, Field(description="the requested brand; null for all brands")]
    count: Annotated[int, Field(description="entries on this page")]
    activities: Annotated[
        list[Activity], Field(description="undecided candidates, newest first; then decided ones, last decided first")
    ]
    next_cursor: Annotated[str | None, Field(description="null on the last page")]


class Decided(Answer):
    """The decision that was made before the request."""

    id: Annotated[str, Field(description="the decided candidate")]
    decision: Annotated[Outcome, Field(description="final: it never changes")]
    final_text: Annotated[str | None, Field(description=FINAL_TEXT)]
    decider: Annotated[str, Field(description=DECIDER)]
    latency_ms: Annotated[int, Field(description=LATENCY)]
    decided_at: Annotated[datetime, Field(description="when it was decided")]
    replaced_by: Annotated[str | None, Field(description="the candidate that replaced it")]

    @classmethod
    def of(cls, candidate_id: str, decision: Decision) -> Self:
        return cls(
            id=candidate_id,
            decision=decision.outcome,
            final_text=decision.final_text,
            decider=decision.decider,
            latency_ms=decision.latency_ms,
            decided_at=decision.decided_at,
            replaced_by=decision.replaced_by,
        )


class Problem(BaseModel):
    detail: Annotated[str, Field(description="the problem, and what the caller can do about it")]
    candidate_id: Annotated[str | None, Field(description="the candidate that was not accepted or not withdrawn")] = (
        None
    )
    decided: Annotated[Decided | None, Field(description="the decision that prevents the request, if one does")] = None


class InvalidField(Answer):
    type: Annotated[str, Field(description="the problem's type, for programs")]
    loc: Annotated[list[str | int], Field(description="its place: `body`, `query` or `path`, then the field")]
    msg: Annotated[str, Field(description="the problem, for people")]


class InvalidRequest(BaseModel):
    detail: Annotated[
        list[InvalidField] | str,
        Field(description="a list of all invalid fields, or one problem that concerns no single field"),
    ]
    candidate_id: Annotated[str | None, Field(description="the candidate that was not accepted")] = None


class IMessageReceived(Answer):
    status: Literal["accepted", "ignored"]
