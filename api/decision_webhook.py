"""The webhook that sends core a decision, as OpenAPI documents it."""

from typing import Annotated, Any

from fastapi import APIRouter, Header
from pydantic import BaseModel, ConfigDict, Field

from api.schemas.answers import DECIDER, FINAL_TEXT, LATENCY, VIA
from domain.decision import Outcome

_EXAMPLE: dict[str, Any] = {
    "id": "cr_8f9a1b2c",
    "decision": "approved",
    "final_text": "Thanks for the kind words! The beta opens on Monday.",
    "decider": "whatsapp:+15551234567",
    "latency_ms": 45230,
}
_MORE: dict[str, Any] = {
    "brand_id": "b_demo",
    "source_ref": "urn:li:activity:7130",
    "via": "whatsapp",
    "note": None,
    "reason": None,
}

_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "Any 2xx, whatever its body: the decision is delivered, and is not sent again."},
    "3XX": {"description": "Redirects are not followed: the decision is parked until an operator sends it again."},
    "4XX": {
        "description": "The decision is parked until an operator sends it again. Exceptions: 408, 425 and 429 count as "
        "5XX; so do 403 and 404 for ten minutes, because they may be a proxy's.",
    },
    "5XX": {
        "description": "Like no answer within 20 s: the decision is sent again for 24 hours, after one second, then at "
        "growing intervals of at most ten minutes, or after `Retry-After` (at most 15 minutes). Then it is parked."
    },
}

webhooks = APIRouter()


class DecisionOut(BaseModel):
    """The body in the `strict` format: exactly these fields."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: Annotated[str, Field(description="the candidate's id, as you chose it")]
    decision: Annotated[Outcome, Field(description="final: it never changes")]
    final_text: Annotated[str | None, Field(description=FINAL_TEXT)]
    decider: Annotated[str, Field(description=DECIDER)]
    latency_ms: Annotated[int, Field(description=LATENCY)]


class ExtendedDecision(DecisionOut):
    """The body in the `extended` format."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE | _MORE]})

    brand_id: Annotated[str | None, Field(description="the brand that the draft speaks for")]
    source_ref: Annotated[str | None, Field(description="id of the post that the draft answers")]
    via: Annotated[str, Field(description=VIA)]
    note: Annotated[str | None, Field(description="the owner's note to the agent, sent with a rejection")]
    reason: Annotated[str | None, Field(description="why no prompt could be delivered, by the provider's code")]


@webhooks.post("decision", operation_id="receiveDecision", tags=["core"], status_code=200, responses=_ANSWERS)
async def decision(
    body: DecisionOut | ExtendedDecision,
    authorization: Annotated[
        str, Header(description="`Bearer` and CORE_DECISION_WEBHOOK_SIGNING_SECRET, if that is set")
    ] = "",
    webhook_id: Annotated[
        str,
        Header(description="the same for every attempt, so you can drop duplicates; only with a signature"),
    ] = "",
    webhook_timestamp: Annotated[
        str, Header(description="when this attempt was made, in seconds since 1970; only with a signature")
    ] = "",
    webhook_signature: Annotated[
        str,
        Header(
            description="if CORE_DECISION_WEBHOOK_SIGNING_KEY is set: a Standard Webhooks signature "
            "(https://www.standardwebhooks.com) for each key, separated by spaces"
        ),
    ] = "",
) -> None:
    """Sends a candidate's one decision to CORE_DECISION_WEBHOOK, at least once.

    The body has the first five fields; CORE_DECISION_WEBHOOK_FORMAT=extended adds the others.
    """
