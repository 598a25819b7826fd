"""What the gateway sends to core, as OpenAPI shows it: the decision."""

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
    200: {"description": "As any 2xx, whatever the body: the decision is delivered, and is not sent again."},
    "3XX": {"description": "No redirect is followed: the decision is parked until an operator sends it again."},
    "4XX": {
        "description": "The decision is parked until an operator sends it again; but 408, 425 and 429 are as 5XX, and "
        "403 and 404, which may be a proxy's, are so for ten minutes.",
    },
    "5XX": {
        "description": "As no answer within 20 s: the decision is sent again for 24 hours, after a second, then less "
        "and less often, at most ten minutes apart, or as `Retry-After` says (at most 15 minutes); then it is parked."
    },
}

webhooks = APIRouter()


class DecisionOut(BaseModel):
    """The body in the format `strict`: exactly these fields."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: Annotated[str, Field(description="the candidate's id, as you chose it")]
    decision: Annotated[Outcome, Field(description="made once, and never another")]
    final_text: Annotated[str | None, Field(description=FINAL_TEXT)]
    decider: Annotated[str, Field(description=DECIDER)]
    latency_ms: Annotated[int, Field(description=LATENCY)]


class ExtendedDecision(DecisionOut):
    """The body in the format `extended`."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE | _MORE]})

    brand_id: Annotated[str | None, Field(description="in whose name the draft speaks")]
    source_ref: Annotated[str | None, Field(description="id of the post that is answered")]
    via: Annotated[str, Field(description=VIA)]
    note: Annotated[str | None, Field(description="what the owner tells the agent with a rejection")]
    reason: Annotated[str | None, Field(description="why no prompt could be delivered, by the provider's code")]


@webhooks.post("decision", operation_id="receiveDecision", tags=["core"], status_code=200, responses=_ANSWERS)
async def decision(
    body: DecisionOut | ExtendedDecision,
    authorization: Annotated[
        str, Header(description="`Bearer` and CORE_DECISION_WEBHOOK_SIGNING_SECRET, where that is set")
    ] = "",
    webhook_id: Annotated[
        str,
        Header(description="the same for each attempt: drop what you have taken before; with a signature only"),
    ] = "",
    webhook_timestamp: Annotated[
        str, Header(description="of this attempt, in seconds since 1970; with a signature only")
    ] = "",
    webhook_signature: Annotated[
        str,
        Header(
            description="by CORE_DECISION_WEBHOOK_SIGNING_KEY, where that is set, as Standard Webhooks says "
            "(https://www.standardwebhooks.com): one for each key, with spaces between them"
        ),
    ] = "",
) -> None:
    """The one decision of a candidate, sent to CORE_DECISION_WEBHOOK at least once.

    It has exactly the first five fields; all of them with CORE_DECISION_WEBHOOK_FORMAT=extended.
    """
