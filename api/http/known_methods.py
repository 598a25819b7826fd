"""The methods of HTTP, and no others: each one served becomes a label of the metrics, which are kept for ever."""

from http import HTTPMethod

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class KnownMethods:
    """Answers 405 to a method of the caller's own invention, before it is counted."""

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
