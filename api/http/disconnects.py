"""Clients that hang up before they are answered."""

from functools import partial

from starlette.requests import Request

from engine.waiting import Gone


def gone(request: Request) -> Gone:
    """Make what returns once the client of a request, whose body has been read, has gone."""
    return partial(_gone, request)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
