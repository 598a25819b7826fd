"""Request bodies of the JSON interfaces, and their error answers."""

import json
from http import HTTPStatus

from fastapi import Response
from fastapi.responses import JSONResponse

from simulator.faults import Fault
from simulator.world import Attempt


def fields_of(body: bytes) -> dict[str, object]:
    """Returns the fields of a JSON object; an empty dictionary for any other body."""
    try:
        fields = json.loads(body)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}


def content_of(fields: dict[str, object]) -> str:
    return "\n".join(str(value) for value in fields.values())


def refusal(fault: Fault, _: Attempt) -> Response:
    status = fault.status or HTTPStatus.INTERNAL_SERVER_ERROR
    return JSONResponse({"error": "simulated fault"}, status) if fault.body is None else Response(fault.body, status)
