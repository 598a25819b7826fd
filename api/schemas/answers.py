"""What the edge answers."""

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

VIA = "where the decision came from: whatsapp, imessage, operator, core or system; later versions may name more"
_NUMBER = "by which owners name the candidate; made from its id, and not unique"


FINAL_TEXT = "what to post: the draft if approved, the owner's text if edited, else null"
DECIDER = (
    "who decided: an owner, `whatsapp:+…` or `imessage:…`; `operator:<name>`; you, `core:withdrawn`, `core:replaced`; "
    "nobody in time, `system:timeout`; no prompt arrived, `system:undeliverable`; the candidate that it should have "
    "replaced was decided first, `system:overtaken`"
)
LATENCY = "milliseconds from the first prompt sent to the decision; from acceptance if there was no prompt"
_CANDIDATE_ID = "the candidate's id, as you chose it"
_CHANNELS = "where its owners are asked"


class Answer(BaseModel):
    """What a route answers: all of its fields are there, also where they have a default here."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


class CandidateAccepted(Answer):
    status: Annotated[
        Literal["accepted", "duplicate"],
        Field(description="`duplicate`: the same was accepted before, and nothing is sent again"),
    ]
    candidate_id: Annotated[str, Field(description=_CANDIDATE_ID)]
    channels: Annotated[list[Channel], Field(description=_CHANNELS)]
    number: Annotated[str, Field(description=_NUMBER)]
    deadline: Annotated[datetime, Field(description="to within a second; GET /candidate/{id} has it exactly")]
    warnings: Annotated[
        list[str], Field(description="fields that were ignored because they are not known; ten at most")
    ]


class CandidateWithdrawn(Answer):
    status: Annotated[Literal["withdrawing"], Field(description="it counts at once, unless it was decided before")]
    candidate_id: Annotated[str, Field(description=_CANDIDATE_ID)]


class Activity(Answer):
    id: Annotated[str, Field(description=_CANDIDATE_ID)]
    brand_id: Annotated[str, Field(description="in whose name the draft speaks")]
    platform: Annotated[Platform, Field(description="where it is to be posted")]
    proposed_text: Annotated[str, Field(description="the draft")]
    state: Annotated[
        ApprovalState,
        Field(description="`new`: accepted, and nobody was asked yet; `prompted`: somebody was; else the decision"),
    ]
    created_at: Annotated[datetime, Field(description="when it was accepted")]
    decided_at: Annotated[datetime | None, Field(description="null before the decision")] = None
    decision: Annotated[Outcome | None, Field(description="null before the decision")] = None
    final_text: Annotated[str | None, Field(description=FINAL_TEXT)] = None
    decider: Annotated[str | None, Field(description=DECIDER, examples=["whatsapp:+15551234567"])] = None
    via: Annotated[str | None, Field(description=VIA, examples=["whatsapp"])] = None
    latency_ms: Annotated[int | None, Field(description=LATENCY)] = None


class PromptOut(Answer):
    """What became of the prompt of one approver."""

    channel: Annotated[Channel, Field(description="where the approver is asked")]
    standing: Annotated[
        PromptStanding,
        Field(description="`waiting`: for its turn, and after the decision: never asked; `failed`: not asked any more"),
    ]
    code: Annotated[str | None, Field(description="the provider's, of the last failure")] = None
    reason: Annotated[str | None, Field(description="what that code means")] = None


class Ended(Answer):
    """How a run ended that made no decision."""

    by: Annotated[EndedBy, Field(description="`operator` terminated it, or `engine` at one of its limits")]
    reason: Annotated[str, Field(description="in the operator's or the engine's words")]


class CandidateOut(Activity):
    number: Annotated[str, Field(description=_NUMBER)]
    source_ref: Annotated[str, Field(description="id of the post that is answered")]
    replaces: Annotated[str | None, Field(description="the candidate whose place it takes")] = None
    replaced_by: Annotated[str | None, Field(description="the candidate that took its place")] = None
    note: Annotated[str | None, Field(description="what the owner tells the agent with a rejection")] = None
    reason: Annotated[str | None, Field(description="why no prompt could be delivered, by the provider's code")] = None
    channels: Annotated[list[Channel], Field(description=_CHANNELS)]
    prompts: Annotated[list[PromptOut], Field(description="one for each approver")]
    deadline: Annotated[datetime, Field(description="when it expires, unless it is decided before")]
    callback: Annotated[
        CallbackState | None,
        Field(
            description="how the delivery of the decision to you stands: `parked` waits for an operator; null before"
        ),
    ]
    ended: Annotated[
        Ended | None, Field(description="set where no decision comes any more; the id stays taken: post a new one")
    ] = None


class ActivityPage(Answer):
    brand_id: Annotated[str | None, Field(description="as it was asked for; null for all brands")]
    count: Annotated[int, Field(description="entries on this page")]
    activities: Annotated[
        list[Activity], Field(description="undecided ones, the newest first; then decided ones, the last decided first")
    ]
    next_cursor: Annotated[str | None, Field(description="null on the last page")]


class Decided(Answer):
    """A candidate's decision, which came before what was asked."""

    id: Annotated[str, Field(description="the candidate that is decided")]
    decision: Annotated[Outcome, Field(description="made once, and never another")]
    final_text: Annotated[str | None, Field(description=FINAL_TEXT)]
    decider: Annotated[str, Field(description=DECIDER)]
    latency_ms: Annotated[int, Field(description=LATENCY)]
    decided_at: Annotated[datetime, Field(description="when it was decided")]
    replaced_by: Annotated[str | None, Field(description="the candidate that took its place")]

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
    detail: Annotated[str, Field(description="what the caller can do about it")]
    candidate_id: Annotated[str | None, Field(description="the candidate that was not accepted, or withdrawn")] = None
    decided: Annotated[Decided | None, Field(description="where a decision forbids what was asked: that one")] = None


class InvalidField(Answer):
    type: Annotated[str, Field(description="what is wrong, as a name for programs")]
    loc: Annotated[list[str | int], Field(description="where: `body`, `query` or `path`, then the field")]
    msg: Annotated[str, Field(description="what is wrong, in words")]


class InvalidRequest(BaseModel):
    detail: Annotated[
        list[InvalidField] | str, Field(description="every problem at once, or one that no field of its own has")
    ]
    candidate_id: Annotated[str | None, Field(description="the candidate that was not accepted")] = None


class IMessageReceived(Answer):
    status: Literal["accepted", "ignored"]
