"""OpenAPI, which is the documentation of the API: what FastAPI writes of the routes, fit for generated clients."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI

DESCRIPTION = """Asks a brand's owner on WhatsApp and iMessage to approve drafts, and reports one decision for each.

1. `POST /candidate` hands over a draft: with the answer 202 it is accepted for good, and a retry has no other effect.
2. Its owners are asked on each of their channels as soon as the rate limits allow, and they answer
   by chat: approve, edit or skip.
3. The first answer is the decision; without one the candidate expires at its deadline.
4. The decision is sent to you, at least once, as **Webhooks** below describes; or ask for it, and wait, with
   `GET /candidate/{candidate_id}?wait=25`.
5. Post exactly `final_text`, which is the draft or the owner's edit, and nothing where it is null.

Press **Authorize**, give `WEBHOOK_SIGNING_SECRET` as *core* (`make dev` prints it), and try `POST /candidate`: every
example runs as it stands."""


def shape(app: FastAPI) -> None:
    """Shape the document for generators of clients.

    Without the keyword `default`, since they take such fields of a request for required, and without a null in the
    place of a parameter, which no URL can hold.
    """
    written: Callable[[], dict[str, Any]] = app.openapi

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _shaped(written())
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's own way to extend it


def _shaped(part: Any) -> Any:
    if isinstance(part, list):
        return [_shaped(item) for item in part]
    if not isinstance(part, dict):
        return part
    shaped = {name: _shaped(value) for name, value in part.items() if name != "default"}
    return {**shaped, "schema": _without_null(shaped["schema"])} if "in" in shaped and "schema" in shaped else shaped


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Take the one other kind that a schema names beside null, if it names one."""
    kinds = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    (kind,) = kinds or [{}]
    return {**{name: value for name, value in schema.items() if name != "anyOf"}, **kind}
