"""Temporal's codec protocol, with which its UI and CLI show and send encrypted payloads."""

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from fastapi import APIRouter, Depends, Request
from google.protobuf import json_format
from starlette.responses import PlainTextResponse, Response
from temporalio.api.common.v1 import Payload, Payloads

from api.errors import responses
from api.gateway import GatewayDep
from api.http.authentication import authenticate_operator, operator_password, operator_secret
from api.http.guarded_route import guarded_by
from api.http.request_traces import Trace
from domain.errors import MalformedPayloadsError, UnreadablePayloadError

_ENCODED = {"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": "ImEgdGV4dCI="}
_PAYLOADS: dict[str, Any] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {"payloads": {"type": "array", "items": {"type": "object"}}},
                "examples": [{"payloads": [_ENCODED]}],
            }
        }
    },
}

router = APIRouter(
    prefix="/codec",
    tags=["operators"],
    route_class=guarded_by(authenticate_operator, Trace.NONE),
    dependencies=[Depends(operator_secret), Depends(operator_password)],
    responses=responses(401, 429),
)

_PROBLEMS = responses(408, 413, 422)


@router.get("/sign-in", operation_id="signIn", response_class=PlainTextResponse)
async def get_sign_in() -> str:
    """Makes a browser ask for the secret, as the password for any user name.

    The browser sends it with later requests.
    """
    return "You are signed in: Temporal's UI can show encrypted payloads until this browser is closed."


@router.post("/decode", operation_id="decodePayloads", responses=_PROBLEMS, openapi_extra={"requestBody": _PAYLOADS})
async def post_decode(request: Request, gateway: GatewayDep) -> Response:
    """Decrypts payloads; returns payloads that are not encrypted unchanged."""
    return await _convert(request, gateway.codec.decode)


@router.post("/encode", operation_id="encodePayloads", responses=_PROBLEMS, openapi_extra={"requestBody": _PAYLOADS})
async def post_encode(request: Request, gateway: GatewayDep) -> Response:
    """Encrypts payloads, for example those of an operator's signal."""
    return await _convert(request, gateway.codec.encode)


async def _convert(request: Request, codec: Callable[[Sequence[Payload]], Awaitable[list[Payload]]]) -> Response:
    try:
        converted = Payloads(payloads=await codec(_payloads(await request.body())))
    except UnreadablePayloadError as error:
        raise MalformedPayloadsError(str(error)) from None
    return Response(json_format.MessageToJson(converted), media_type="application/json")


def _payloads(body: bytes) -> Sequence[Payload]:
    """Parses the protocol's body; ParseDict raises various errors for unexpected types."""
    try:
        given = json.loads(body)
        if isinstance(given, dict):
            return json_format.ParseDict(given, Payloads()).payloads
    except (json_format.ParseError, ValueError, TypeError, AttributeError, RecursionError):
        pass
    raise MalformedPayloadsError("send Temporal's payloads as JSON: {'payloads': [...]}")
