"""The handling that every request to a provider or core has in common."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import Request, Response

from simulator.faults import Fault, Faults
from simulator.world import Attempt, AttemptOutcome, World


@dataclass(frozen=True)
class Result:
    """A provider's answer, and the id of the message or decision that it made."""

    response: Response
    id: str | None = None


class Reception:
    """Records each request, applies the fault that matches it, and answers."""

    def __init__(self, world: World, faults: Faults, refusal: Callable[[Fault, Attempt], Response]) -> None:
        self._world = world
        self._faults = faults
        self._refusal = refusal

    async def answer(self, request: Request, attempt: Attempt, content: str, effect: Callable[[], Result]) -> Response:
        """Answers a request; a fault's `match` is looked for in `content`, the decoded body."""
        self._world.add_attempt(attempt)
        fault = self._faults.take(attempt.target, content)
        result = effect() if fault.accept else None
        _note(attempt, result)
        await asyncio.sleep(fault.delay_sec)
        if not fault.fails:
            result = result or effect()
            _note(attempt, result)
            attempt.status = result.response.status_code
            return result.response
        if result is None:
            attempt.outcome = (
                AttemptOutcome.REFUSED if fault.status and not (fault.hang or fault.drop) else AttemptOutcome.UNANSWERED
            )
        return await self._fail(request, attempt, fault)

    async def _fail(self, request: Request, attempt: Attempt, fault: Fault) -> Response:
        if fault.drop:
            request.state.transport.abort()
        if fault.drop or fault.hang:
            await _caller_gone(request)
            return Response()  # nobody reads it
        response = self._refusal(fault, attempt)
        response.headers.update(fault.headers)
        attempt.status = response.status_code
        return response


def _note(attempt: Attempt, result: Result | None) -> None:
    if result:
        accepted = result.response.status_code < HTTPStatus.BAD_REQUEST
        attempt.outcome = AttemptOutcome.ACCEPTED if accepted else AttemptOutcome.REFUSED
        attempt.id = result.id


async def _caller_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
