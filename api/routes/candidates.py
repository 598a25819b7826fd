"""The routes for core."""

from datetime import timedelta
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.status import HTTP_202_ACCEPTED

from api.errors import responses
from api.gateway import GatewayDep
from api.http.authentication import authenticate_core, core_secret
from api.http.disconnects import gone
from api.http.guarded_route import guarded_by
from api.http.request_traces import Trace
from api.parameters import ActivityParameters, CandidateParameters, NoParameters
from api.schemas.answers import (
    Activity,
    ActivityPage,
    CandidateAccepted,
    CandidateOut,
    CandidateWithdrawn,
    Ended,
    PromptOut,
)
from api.schemas.candidate import CandidateIn
from api.schemas.fields import CandidateId
from api.unknown_names import ignored, loggable
from domain.approval import PromptState
from domain.candidate import Candidate
from domain.channels import Channel
from domain.conversation.numbers import number_of
from domain.decision import Decision
from domain.errors import RequestError
from domain.sending.provider_faults import words_for
from engine.candidates import CandidateRecord
from engine.endings import Ending

log = structlog.get_logger()

router = APIRouter(
    tags=["core"],
    route_class=guarded_by(authenticate_core, Trace.CONTINUED, is_json=True),
    dependencies=[Depends(core_secret)],
    responses=responses(401, 408, 413, 422, 429, 503),
)


@router.post("/candidate", operation_id="createCandidate", status_code=HTTP_202_ACCEPTED, responses=responses(409))
async def post_candidate(
    request: CandidateIn, gateway: GatewayDep, _: Annotated[NoParameters, Query()]
) -> CandidateAccepted:
    """Accepts a candidate durably; its owners are asked as soon as the rate limits allow.

    The same id with the same content is a duplicate: nothing is sent again. With `replaces`, it
    takes the place of another candidate, whose owners read "Instead of 4821." in the new prompt;
    both decisions are delivered, in any order. Unknown fields are ignored, and `warnings` names
    them.
    """
    try:
        candidate, is_new = await gateway.accepting.accept(request.submission(), gateway.clock())
    except RequestError as error:
        error.candidate_id = request.id
        raise
    if unknown := request.unknown_fields:
        log.warning("unknown_fields_ignored", candidate_id=candidate.id, count=len(unknown), fields=loggable(unknown))
    return CandidateAccepted(
        status="accepted" if is_new else "duplicate",
        candidate_id=candidate.id,
        channels=_channels(candidate),
        number=number_of(candidate.id),
        deadline=candidate.deadline,
        warnings=ignored(unknown, CandidateIn.model_fields),
    )


@router.delete(
    "/candidate/{candidate_id}",
    operation_id="withdrawCandidate",
    status_code=HTTP_202_ACCEPTED,
    responses=responses(404, 409),
)
async def withdraw_candidate(
    candidate_id: Annotated[CandidateId, Path(examples=["cr_8f9a1b2c"])],
    gateway: GatewayDep,
    _: Annotated[NoParameters, Query()],
) -> CandidateWithdrawn:
    """Withdraws an undecided candidate: it expires (core:withdrawn), and its owners are notified.

    If it is decided first, the callback has that decision. Repeating the request, while the
    candidate is undecided or after it was withdrawn, returns the same answer without further
    effect. A candidate that was decided otherwise or replaced, or whose run was terminated, is a
    conflict.
    """
    try:
        await gateway.withdrawing.withdraw(candidate_id)
    except RequestError as error:
        error.candidate_id = candidate_id
        raise
    return CandidateWithdrawn(status="withdrawing", candidate_id=candidate_id)


@router.get("/candidate/{candidate_id}", operation_id="getCandidate", responses=responses(404))
async def get_candidate(
    candidate_id: Annotated[CandidateId, Path(examples=["cr_8f9a1b2c"])],
    asked: Annotated[CandidateParameters, Query()],
    gateway: GatewayDep,
    request: Request,
) -> CandidateOut:
    """Returns a candidate's state, at once or, with `wait`, as soon as it is decided.

    A wait can end early, for example when the gateway is updated. Ask again while `state` is `new`
    or `prompted` and `ended` is null. Once `ended` is set, no decision follows; post a new
    candidate then.
    """
    if asked.wait and not getattr(request.state, "is_head", False):
        request.state.is_wait = True
        record = await gateway.waiting.wait(candidate_id, timedelta(seconds=asked.wait), gone(request))
    else:
        record = await gateway.candidates.read(candidate_id)
    return _standing(record, await gateway.endings.of(record))


@router.get("/activity", operation_id="listActivity")
async def get_activity(asked: Annotated[ActivityParameters, Query()], gateway: GatewayDep) -> ActivityPage:
    """Lists undecided candidates, newest first, then decided ones, last decided first.

    Changes appear here with a short delay. A candidate that is decided while you page can appear
    twice.
    """
    records, next_cursor = await gateway.candidate_pages.page(
        asked.filter(), asked.most_entries, asked.cursor, gateway.clock()
    )
    entries = [_entry(record) for record in records]
    return ActivityPage(brand_id=asked.brand_id, count=len(entries), activities=entries, next_cursor=next_cursor)


def _standing(record: CandidateRecord, ending: Ending | None) -> CandidateOut:
    decision = record.decision
    return CandidateOut(
        **_entry(record).model_dump(),
        number=number_of(record.candidate.id),
        source_ref=record.candidate.source_ref,
        replaces=record.candidate.replaces,
        replaced_by=decision.replaced_by if decision else None,
        note=decision.note if decision else None,
        reason=decision.reason if decision else None,
        channels=_channels(record.candidate),
        prompts=[_prompt(prompt) for prompt in record.prompts],
        deadline=record.candidate.deadline,
        callback=record.callback,
        ended=Ended(by=ending.by, reason=ending.reason) if ending else None,
    )


def _channels(candidate: Candidate) -> list[Channel]:
    return list(dict.fromkeys(approver.channel for approver in candidate.approvers))


def _prompt(prompt: PromptState) -> PromptOut:
    channel = Channel(prompt.chat.partition("/")[0])
    code = prompt.error_code
    return PromptOut(channel=channel, standing=prompt.standing, code=code, reason=words_for(code))


def _entry(record: CandidateRecord) -> Activity:
    candidate, decision = record.candidate, record.decision
    return Activity(
        id=candidate.id,
        brand_id=candidate.brand_id,
        platform=candidate.platform,
        proposed_text=candidate.proposed_text,
        state=record.state,
        created_at=candidate.accepted_at,
        **(_decision(decision) if decision else {}),
    )


def _decision(decision: Decision) -> dict[str, Any]:
    return {
        "decided_at": decision.decided_at,
        "decision": decision.outcome,
        "final_text": decision.final_text,
        "decider": decision.decider,
        "via": decision.via,
        "latency_ms": decision.latency_ms,
    }
