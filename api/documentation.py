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
    """Leave the keyword `default` out of the document: generators would take such fields of a request for required."""
    written: Callable[[], dict[str, Any]] = app.openapi

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _without_defaults(written())
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's own way to extend it


def _without_defaults(part: Any) -> Any:
    """Schemas say their defaults in words."""
    if isinstance(part, dict):
        return {name: _without_defaults(value) for name, value in part.items() if name != "default"}
    return [_without_defaults(item) for item in part] if isinstance(part, list) else part
