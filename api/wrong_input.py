"""Explains invalid input to the developer who sent it.

No message shows the input, which can come from anyone.
"""

from collections.abc import Collection
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from api.unknown_names import shown, suggestion
from domain import identifiers

_BODY = ("body",)
_ONE_OBJECT = "send one JSON object"
_ALPHABETS = {
    f"^{identifiers.CANDIDATE_ID}$": "use 1 to 128 of the characters A-Z a-z 0-9 _ . -",
    f"^{identifiers.BRAND_ID}$": "use 1 to 128 of the characters A-Z a-z 0-9 _ . : -",
}
_BODY_KINDS = {"missing", "model_attributes_type", "model_type", "dict_type"}
"""Pydantic's error types for a body that is missing, or is not an object."""


def problems(error: RequestValidationError, request: Request) -> list[dict[str, Any]]:
    """Returns every problem in FastAPI's format."""
    return [
        {"type": detail["type"], "loc": _place(detail["loc"]), "msg": _message(detail, error, request)}
        for detail in error.errors()
    ]


def _place(loc: Collection[str | int]) -> list[str | int]:
    return [shown(part) if isinstance(part, str) else part for part in loc]


def _message(detail: dict[str, Any], error: RequestValidationError, request: Request) -> str:
    context, given = detail.get("ctx", {}), detail.get("input")
    match detail["type"]:
        case "json_invalid":
            said = _position(error.body, detail["loc"][-1], context["error"])
        case kind if kind in _BODY_KINDS and tuple(detail["loc"]) == _BODY:
            said = _ONE_OBJECT
        case "extra_forbidden":
            name = str(detail["loc"][-1])
            said = f"{shown(name)} is not known here{suggestion(name, _parameters(request))}"
        case "value_error":
            said = str(context["error"])
        case "string_pattern_mismatch":
            said = _ALPHABETS.get(context["pattern"], detail["msg"])
        case "too_long" if isinstance(given, str):
            said = f"String should have at most {context['max_length']} characters, not {len(given)}"
        case "too_short" if isinstance(given, str):
            said = "String should have at least 1 character"
        case _:
            said = str(detail["msg"])
    return said


def _position(text: str, offset: int, problem: str) -> str:
    line, column = text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
    return f"{_ONE_OBJECT}: line {line}, column {column}: {problem}"


def _parameters(request: Request) -> list[str]:
    """Returns the names of the route's query parameters."""
    route = request.scope["route"]
    assert isinstance(route, APIRoute)
    models = [parameter.field_info.annotation for parameter in route.dependant.query_params]
    return [name for model in models for name in getattr(model, "model_fields", {})]
