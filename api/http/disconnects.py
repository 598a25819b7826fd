"""Detects clients that disconnect before they get an answer."""

from functools import partial

from starlette.requests import Request

from engine.waiting import Gone


def gone(request: Request) -> Gone:
    """Returns a function that waits until the request's client disconnects.

    The body must have been read.
    """
    return partial(_gone, request)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
