"""Maps errors to HTTP answers.

One table has the statuses. No answer echoes rejected input, and each rejection is logged in one
line. An outage of Temporal is logged once, by engine/standing.py.
"""

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.status import (
    HTTP_400_BAD_REQUEST,
    HTTP_405_METHOD_NOT_ALLOWED,
    HTTP_422_UNPROCESSABLE_CONTENT,
    HTTP_500_INTERNAL_SERVER_ERROR,
    HTTP_503_SERVICE_UNAVAILABLE,
)
from temporalio.service import RPCError

from api import wrong_input
from api.schemas.answers import Decided, InvalidRequest, Problem
from api.unknown_names import loggable
from domain import errors
from engine.calls import not_understood

log = structlog.get_logger()

STATUSES: dict[type[errors.RequestError], int] = {
    errors.UnauthenticatedError: 401,
    errors.ForgedWebhookError: 403,
    errors.SplicedWebhookError: 403,
    errors.BodyTooLongError: 413,
    errors.BodyTooSlowError: 408,
    errors.TooManyRequestsError: 429,
    errors.UnknownCandidateError: 404,
    errors.ConflictingCandidateError: 409,
    errors.DecidedCandidateError: 409,
    errors.NothingToReplaceError: 422,
    errors.InvalidCursorError: 422,
    errors.NoChannelError: 422,
    errors.RecipientNotAllowedError: 422,
    errors.SignInRequiredError: 401,
    errors.MalformedPayloadsError: 422,
    errors.UnreadablePayloadError: 503,
    errors.EngineUnavailableError: 503,
}
_HEADERS: dict[type[errors.RequestError], dict[str, str]] = {
    errors.UnauthenticatedError: {"WWW-Authenticate": "Bearer"},
    errors.BodyTooSlowError: {"Connection": "close"},
    errors.SignInRequiredError: {"WWW-Authenticate": 'Basic realm="codec", charset="UTF-8"'},
    errors.UnreadablePayloadError: {"Retry-After": "5"},
}

_DESCRIPTIONS = {
    401: "The Bearer secret is missing or wrong.",
    403: "X-Twilio-Signature is missing or wrong, or Twilio does not send such a form.",
    404: "The candidate is unknown, or no longer retained.",
    408: "The body did not arrive in time.",
    409: "The id was accepted before with different content; or the candidate is decided (see `decided`).",
    413: "The body is too long.",
    422: "The request is invalid; `detail` lists the problems.",
    429: "Too many requests from this address, or too many waiting requests. Try again after Retry-After.",
    503: "Temporal is unavailable; `detail` says why. Repeat the request after Retry-After; it has one effect.",
}
_CANDIDATES = "/candidate"
_STRANGERS = frozenset({401, 403, 429})
"""Rejections that anyone can cause.

They are counted, not logged, because strangers could fill the log.
"""
_MOST_LOGGED = 20
_RETRY_AFTER = {"description": "seconds", "schema": {"type": "integer"}}


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Returns these answers' documentation for a route."""
    return {status: _response(status) for status in statuses}


def _response(status: int) -> dict[str, Any]:
    model = InvalidRequest if status == HTTP_422_UNPROCESSABLE_CONTENT else Problem
    headers = {"headers": {"Retry-After": _RETRY_AFTER}} if "Retry-After" in _DESCRIPTIONS[status] else {}
    return {"description": _DESCRIPTIONS[status], "model": model, **headers}


def install(app: FastAPI) -> None:
    app.add_exception_handler(errors.RequestError, _request_error)
    app.add_exception_handler(RPCError, _refused_by_engine)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTP_400_BAD_REQUEST, _unreadable_body)
    app.add_exception_handler(HTTP_405_METHOD_NOT_ALLOWED, _other_method)


def answer(error: errors.RequestError) -> JSONResponse:
    concerned: dict[str, Any] = {"candidate_id": error.candidate_id} if error.candidate_id else {}
    if isinstance(error, errors.DecidedCandidateError) and error.decision:
        concerned["decided"] = Decided.of(error.decided, error.decision).model_dump(mode="json")
    headers = dict(_HEADERS.get(type(error), {}))
    if isinstance(error, errors.TooManyRequestsError):
        headers["Retry-After"] = str(round(error.retry_after.total_seconds()))
    if isinstance(error, errors.EngineUnavailableError):
        headers["Retry-After"] = str(round(error.state.traits.retry_after.total_seconds()))
    return JSONResponse({"detail": str(error), **concerned}, STATUSES[type(error)], headers)


def status_of(error: Exception) -> int:
    """Returns the status that answers an error raised by a route."""
    if isinstance(error, RequestValidationError | HTTPException):
        return HTTP_422_UNPROCESSABLE_CONTENT
    if isinstance(error, errors.RequestError):
        return STATUSES[type(error)]
    if isinstance(error, RPCError):
        return HTTP_503_SERVICE_UNAVAILABLE
    return HTTP_500_INTERNAL_SERVER_ERROR


async def _request_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, errors.RequestError)
    status = STATUSES[type(error)]
    if status not in _STRANGERS and not _is_outage(error):
        _log(request, status, error.candidate_id, [type(error).__name__])
    return answer(error)


async def _refused_by_engine(_: Request, error: Exception) -> JSONResponse:
    """Answers a refusal of Temporal that no route expects as an outage.

    Whatever its reason, a caller can repeat the request.
    """
    assert isinstance(error, RPCError)
    return answer(not_understood(error))


def _is_outage(error: errors.RequestError) -> bool:
    return isinstance(error, errors.EngineUnavailableError) and not error.state.traits.is_of_the_request


async def _validation_error(request: Request, error: Exception) -> JSONResponse:
    """Answers in FastAPI's format, without the input.

    The input may be impossible to encode, or too sensitive to log.
    """
    assert isinstance(error, RequestValidationError)
    details = wrong_input.problems(error, request)
    is_named = not any(detail["loc"][:2] == ["body", "id"] for detail in details)
    candidate_id = _candidate_id(request, error.body) if is_named else None
    concerned = {"candidate_id": candidate_id} if candidate_id else {}
    problems = [f"{'.'.join(loggable(map(str, detail['loc'])))}: {detail['type']}" for detail in details]
    _log(request, HTTP_422_UNPROCESSABLE_CONTENT, candidate_id, problems)
    return JSONResponse({"detail": details, **concerned}, HTTP_422_UNPROCESSABLE_CONTENT)


async def _unreadable_body(request: Request, __: Exception) -> JSONResponse:
    """Turns FastAPI's 400 into the 422 of other invalid input.

    FastAPI raises it for a body that is not UTF-8, or nested too deeply.
    """
    message = "send one JSON object: this is not UTF-8, or is nested too deeply"
    detail = {"type": "json_invalid", "loc": ["body"], "msg": message}
    _log(request, HTTP_422_UNPROCESSABLE_CONTENT, None, ["body: json_invalid"])
    return JSONResponse({"detail": [detail]}, HTTP_422_UNPROCESSABLE_CONTENT)


def _candidate_id(request: Request, body: object) -> str | None:
    """Returns the id of a rejected candidate; other routes' bodies can have an id, too."""
    given = body.get("id") if isinstance(body, dict) and _route(request) == _CANDIDATES else None
    return given if isinstance(given, str) else None


def _log(request: Request, status: int, candidate_id: str | None, problems: list[str]) -> None:
    """Logs a rejection; of the input, it logs only the names of fields."""
    concerned = {"candidate_id": candidate_id} if candidate_id else {}
    log.warning(
        "request_refused",
        method=request.method,
        route=_route(request),
        status=status,
        problems=problems[:_MOST_LOGGED],
        **concerned,
    )


def _route(request: Request) -> str:
    return str(getattr(request.scope.get("route"), "path", ""))


async def _other_method(request: Request, error: Exception) -> JSONResponse:
    """Lists every method of the path; Starlette lists only those of the first route."""
    assert isinstance(error, HTTPException)
    path = getattr(request.scope.get("route"), "path", "")
    documented = ", ".join(sorted(map(str.upper, request.app.openapi()["paths"].get(path, {}))))
    headers = {**(error.headers or {}), **({"Allow": documented} if documented else {})}
    return JSONResponse({"detail": error.detail}, HTTP_405_METHOD_NOT_ALLOWED, headers)
