"""The WhatsApp webhooks, to which Twilio posts owners' messages and status reports."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from api.errors import responses
from api.gateway import GatewayDep
from api.http.authentication import authenticate_twilio, signed_form
from api.http.guarded_route import guarded_by
from domain.candidate import Approver
from domain.channels import Channel
from domain.errors import InvalidAddressError
from domain.identifiers import message_key
from domain.reading.owners_message import Obstacle, OwnersMessage
from domain.sending.status_reports import StatusReport

_TEXT_TYPES = {"", "text", "button", "interactive"}
"""The message types that can decide. A document's Body, for example, is its file name."""


def _form(required: Sequence[str], optional: Sequence[str]) -> dict[str, Any]:
    properties = {name: {"type": "string"} for name in (*required, *optional)}
    schema = {"type": "object", "required": list(required), "properties": properties}
    return {"requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": schema}}}}


_MESSAGE_FORM = _form(
    ["MessageSid", "From"],
    ["WaId", "ExternalUserId", "Body", "MessageType", "ButtonPayload", "OriginalRepliedMessageSid", "NumMedia"],
)
_STATUS_FORM = _form(["MessageSid", "MessageStatus"], ["ErrorCode"])

router = APIRouter(tags=["owners"], route_class=guarded_by(authenticate_twilio))


@router.post(
    "/webhooks/whatsapp",
    operation_id="receiveWhatsApp",
    response_class=Response,
    responses={
        200: {"content": {"text/xml": {"example": "<Response><Message>Got it: post 4821 “…”</Message></Response>"}}},
        **responses(403, 408, 429, 503),
    },
    openapi_extra=_MESSAGE_FORM,
)
async def post_whatsapp(form: Annotated[dict[str, str], Depends(signed_form)], gateway: GatewayDep) -> Response:
    """Accepts an owner's message from Twilio, and answers in TwiML.

    Somebody who was never asked gets an empty Response.
    """
    senders = _senders(form)
    message_sid = form.get("MessageSid")
    if not senders or not message_sid:
        return _answer(gateway.twiml([]))
    text = form.get("ButtonPayload") or form.get("Body", "")
    obstacle = _obstacle(form, text)
    answer = await gateway.replies.take(
        OwnersMessage(
            key=message_key(Channel.WHATSAPP, message_sid),
            senders=senders,
            text=text,
            quoted_id=_quoted_id(form),
            may_decide=obstacle is None,
            received_at=gateway.clock(),
            obstacle=obstacle,
            is_tap=bool(form.get("ButtonPayload")),
        )
    )
    return _answer(gateway.twiml(answer or []))


@router.post(
    "/webhooks/whatsapp/status/{candidate_id}/{attempt}",
    operation_id="receiveStatusReport",
    status_code=204,
    responses=responses(403, 408, 422, 429, 503),
    openapi_extra=_STATUS_FORM,
)
async def post_whatsapp_status(
    candidate_id: str,
    attempt: str,
    form: Annotated[dict[str, str], Depends(signed_form)],
    gateway: GatewayDep,
) -> None:
    """Accepts Twilio's status report on a message of a prompt.

    The URL has the candidate and the attempt.
    """
    report = StatusReport.read(form.get("MessageSid", ""), form.get("MessageStatus", ""), form.get("ErrorCode", ""))
    if report:
        await gateway.status_reports.take(candidate_id, attempt, report)


def _answer(twiml: str) -> Response:
    return Response(twiml, media_type="text/xml")


def _obstacle(form: dict[str, str], text: str) -> Obstacle | None:
    """Returns why a message cannot decide; None if it can."""
    is_text = form.get("MessageType", "") in _TEXT_TYPES and form.get("NumMedia", "0") in {"", "0"}
    return None if is_text and text.strip() else Obstacle.NO_TEXT


def _quoted_id(form: dict[str, str]) -> str | None:
    """Returns the id of the quoted message; empty if Twilio does not name it because of its age."""
    return form.get("OriginalRepliedMessageSid") or ("" if form.get("OriginalRepliedMessageSender") else None)


def _senders(form: dict[str, str]) -> tuple[Approver, ...]:
    """Returns each address at which the sender may have been asked, without duplicates.

    The sender's own is first.
    """
    wa_id = form.get("WaId", "").removeprefix("+")
    written = [form.get("From", ""), f"whatsapp:+{wa_id}", form.get("ExternalUserId", "")]
    senders: list[Approver] = []
    for address in written:
        try:
            senders.extend(Approver.read(Channel.WHATSAPP, address).forms)
        except InvalidAddressError:
            continue
    return tuple(dict.fromkeys(senders))
