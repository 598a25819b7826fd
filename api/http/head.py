"""Serves HEAD on every GET route. uvicorn omits the body, and keeps its Content-Length."""

from starlette.types import ASGIApp, Receive, Scope, Send


class HeadAsGet:
    """Serves HEAD as GET; `request.state.is_head` is then true."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "HEAD":
            scope["state"]["is_head"] = True
            scope = {**scope, "method": "GET"}
        await self._app(scope, receive, send)
