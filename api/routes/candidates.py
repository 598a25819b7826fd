"""What core asks of the gateway."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.status import HTTP_202_ACCEPTED

from api.errors import responses
from api.gateway import GatewayDep
from api.http.authentication import authenticate_core, core_secret
from api.http.disconnects import gone
from api.http.guarded_route import guarded_by
from api.http.request_traces import Trace
from api.schemas import (
    Activity,
    ActivityPage,
    BrandId,
    CandidateAccepted,
    CandidateId,
    CandidateIn,
    CandidateOut,
    CandidateWithdrawn,
    Ended,
    PromptOut,
)
from domain.approval import PromptState
from domain.candidate import Candidate
from domain.channels import Channel
from domain.conversation.numbers import number_of
from domain.decision import Decision
from domain.errors import RequestError
from domain.sending.provider_faults import words_for
from engine.candidates import CandidateRecord
from engine.endings import Ending
from engine.waiting import LONGEST_WAIT

_WAIT = "Seconds to wait for the decision. It is answered then with what is; HEAD never waits."

router = APIRouter(
    tags=["core"],
    route_class=guarded_by(authenticate_core, Trace.CONTINUED),
    dependencies=[Depends(core_secret)],
    responses=responses(401, 408, 413, 422, 429, 503),
)


@router.post("/candidate", status_code=HTTP_202_ACCEPTED, responses=responses(409))
async def post_candidate(request: CandidateIn, gateway: GatewayDep) -> CandidateAccepted:
    """Accept a candidate durably; its owner is asked as soon as the rate limits allow.

    The same id with the same content is a duplicate: nothing is sent again. With `replaces` it takes the place of
    another one, whose owners read "Instead of 4821." in its prompt; both decisions are delivered, in no promised order.
    """
    try:
        candidate, is_new = await gateway.accepting.accept(request.submission(), gateway.clock())
    except RequestError as error:
        error.candidate_id = request.id
        raise
    return CandidateAccepted(
        status="accepted" if is_new else "duplicate",
        candidate_id=candidate.id,
        channels=_channels(candidate),
        number=number_of(candidate.id),
        deadline=candidate.deadline,
    )


@router.delete("/candidate/{candidate_id}", status_code=HTTP_202_ACCEPTED, responses=responses(404, 409))
async def withdraw_candidate(
    candidate_id: Annotated[CandidateId, Path(examples=["cr_8f9a1b2c"])], gateway: GatewayDep
) -> CandidateWithdrawn:
    """Take a candidate back: it expires (core:withdrawn) and its owners are told, unless it is decided before.

    The callback says which came first. Again while it is undecided, or was taken back, it is the same answer, and adds
    nothing. A candidate that is decided otherwise, replaced, or whose run was ended by hand is a conflict.
    """
    try:
        await gateway.withdrawing.withdraw(candidate_id)
    except RequestError as error:
        error.candidate_id = candidate_id
        raise
    return CandidateWithdrawn(status="withdrawing", candidate_id=candidate_id)


@router.get("/candidate/{candidate_id}", responses=responses(404))
async def get_candidate(
    candidate_id: Annotated[CandidateId, Path(examples=["cr_8f9a1b2c"])],
    gateway: GatewayDep,
    request: Request,
    wait: Annotated[int, Query(ge=0, le=LONGEST_WAIT.total_seconds(), description=_WAIT)] = 0,
) -> CandidateOut:
    """Say where a candidate stands: at this moment, or with `wait` as soon as it is decided.

    A wait may end before its time, when the gateway is updated, for one: ask again while `state` is `new` or
    `prompted` and `ended` is null. No decision comes any more once `ended` is set; post a new candidate then.
    """
    if wait and not getattr(request.state, "is_head", False):
        request.state.is_wait = True
        record = await gateway.waiting.wait(candidate_id, timedelta(seconds=wait), gone(request))
    else:
        record = await gateway.candidates.read(candidate_id)
    return _standing(record, await gateway.endings.of(record))


@router.get("/activity")
async def get_activity(
    brand_id: Annotated[BrandId, Query(examples=["b_acme"])],
    gateway: GatewayDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: Annotated[str | None, Query(max_length=4096, description="next_cursor of the page before")] = None,
) -> ActivityPage:
    """List a brand's candidates: undecided ones, the newest first; then decided ones, the last decided first.

    Changes take moments to appear here.
    """
    records, next_cursor = await gateway.candidate_pages.page(brand_id, limit, cursor, gateway.clock())
    entries = [_entry(record) for record in records]
    return ActivityPage(brand_id=brand_id, count=len(entries), activities=entries, next_cursor=next_cursor)


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
