"""The OpenAPI document: FastAPI's own, adjusted for generated clients."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI

DESCRIPTION = """Asks a brand's owner on WhatsApp and iMessage to approve drafts, and reports one decision for each.

1. `POST /candidate` submits a draft. After a 202 it is stored durably, and a retry has no further effect.
2. Its owners are asked on each of their channels as soon as the rate limits allow. They answer
   in the chat: approve, edit or skip.
3. The first answer is the decision. Without one, the candidate expires at its deadline.
4. The decision is sent to you at least once, as described under **Webhooks** below. You can also wait for it with
   `GET /candidate/{candidate_id}?wait=25`.
5. Post exactly `final_text`, which is the draft or the owner's edit. If it is null, post nothing.

Press **Authorize**, enter `WEBHOOK_SIGNING_SECRET` as *core* (`make dev` prints it), and try `POST /candidate`. Every
example works unchanged."""


def shape(app: FastAPI) -> None:
    """Adjusts the document for client generators.

    It removes the keyword `default`, because generators treat request fields with a default as
    required. It removes null as a parameter's type, because a URL cannot contain null.
    """
    written: Callable[[], dict[str, Any]] = app.openapi

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _shaped(written())
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI documents this way to extend it


def _shaped(part: Any) -> Any:
    if isinstance(part, list):
        return [_shaped(item) for item in part]
    if not isinstance(part, dict):
        return part
    shaped = {name: _shaped(value) for name, value in part.items() if name != "default"}
    return {**shaped, "schema": _without_null(shaped["schema"])} if "in" in shaped and "schema" in shaped else shaped


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Returns the schema with its one non-null type, if it names one."""
    kinds = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    (kind,) = kinds or [{}]
    return {**{name: value for name, value in schema.items() if name != "anyOf"}, **kind}
