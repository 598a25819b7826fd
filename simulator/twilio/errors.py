"""Errors in Twilio's form."""

from http import HTTPStatus

from fastapi import Response
from fastapi.responses import JSONResponse

from simulator.faults import Fault
from simulator.world import Attempt


class TwilioError(Exception):
    """An error with one of Twilio's published codes."""

    def __init__(self, code: int, message: str, status: int = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(message)
        self.code = code
        self.status = status

    def response(self) -> JSONResponse:
        return JSONResponse(
            {
                "code": self.code,
                "message": str(self),
                "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
                "status": self.status,
            },
            self.status,
        )


UNAUTHENTICATED = TwilioError(20003, "Authenticate", HTTPStatus.UNAUTHORIZED)


def not_found(path: str) -> TwilioError:
    return TwilioError(20404, f"The requested resource {path} was not found", HTTPStatus.NOT_FOUND)


def invalid_parameter(name: str) -> TwilioError:
    return TwilioError(20422, f"Invalid Parameter: {name}")


def invalid_recipient(address: str) -> TwilioError:
    return TwilioError(21211, f"Invalid 'To' Phone Number: {address}")


_CODES: dict[int, int] = {
    HTTPStatus.UNAUTHORIZED: 20003,
    HTTPStatus.NOT_FOUND: 20404,
    HTTPStatus.TOO_MANY_REQUESTS: 20429,
    HTTPStatus.SERVICE_UNAVAILABLE: 20503,
}


def refusal(fault: Fault, _: Attempt) -> Response:
    """Returns a fault's answer, in Twilio's form unless the fault has its own body."""
    status = fault.status or HTTPStatus.INTERNAL_SERVER_ERROR
    if fault.body is not None:
        return Response(fault.body, status)
    code = fault.code or _CODES.get(status, 20500 if status >= HTTPStatus.INTERNAL_SERVER_ERROR else 20422)
    return TwilioError(code, "Simulated fault", status).response()
