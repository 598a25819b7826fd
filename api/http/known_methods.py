"""Rejects unknown HTTP methods: each method becomes a metric label that is kept forever."""

from http import HTTPMethod

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class KnownMethods:
    """Answers 405 to an invented method, before it is counted."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in HTTPMethod.__members__:
            refusal = JSONResponse(
                {"detail": "use GET, HEAD, POST or DELETE"}, 405, {"Allow": "GET, HEAD, POST, DELETE"}
            )
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)
