"""Errors as HTTP: one table of statuses, and no refused input is echoed."""

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from starlette.responses import JSONResponse
from starlette.status import HTTP_400_BAD_REQUEST

from domain import errors

STATUSES: dict[type[errors.RequestError], int] = {
    errors.UnauthenticatedError: 401,
    errors.ForgedWebhookError: 403,
    errors.UnknownCandidateError: 404,
    errors.ConflictingCandidateError: 409,
    errors.InvalidCursorError: 422,
    errors.MalformedWebhookError: 422,
    errors.NoChannelError: 422,
    errors.RecipientNotAllowedError: 422,
    errors.SignInRequiredError: 401,
    errors.MalformedPayloadsError: 422,
    errors.UnreadablePayloadError: 503,
    errors.EngineUnavailableError: 503,
}
_HEADERS: dict[type[errors.RequestError], dict[str, str]] = {
    errors.UnauthenticatedError: {"WWW-Authenticate": "Bearer"},
    errors.SignInRequiredError: {"WWW-Authenticate": 'Basic realm="codec", charset="UTF-8"'},
    errors.UnreadablePayloadError: {"Retry-After": "5"},
    errors.EngineUnavailableError: {"Retry-After": "5"},
}


def install(app: FastAPI) -> None:
    app.add_exception_handler(errors.RequestError, _request_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTP_400_BAD_REQUEST, _unreadable_body)


async def _request_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, errors.RequestError)
    concerned = {"candidate_id": error.candidate_id} if error.candidate_id else {}
    return JSONResponse({"detail": str(error), **concerned}, STATUSES[type(error)], _HEADERS.get(type(error)))


async def _validation_error(_: Request, error: Exception) -> JSONResponse:
    """Answer in FastAPI's form, without the input: it may hold what cannot be encoded, or should not be logged."""
    assert isinstance(error, RequestValidationError)
    details = [{name: detail[name] for name in ("type", "loc", "msg")} for detail in error.errors()]
    return JSONResponse({"detail": jsonable_encoder(details)}, 422)


async def _unreadable_body(_: Request, __: Exception) -> JSONResponse:
    """Give FastAPI's own 400, for a body that is no UTF-8 or nested too deeply, the form of every other bad input."""
    detail = {"type": "json_invalid", "loc": ["body"], "msg": "the body is no JSON in UTF-8"}
    return JSONResponse({"detail": [detail]}, 422)
