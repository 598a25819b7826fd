"""Accepts candidates with the edge's own code in the test's process, for tests that need no edge.

Candidates are most of a test's cost. One that asks on a single channel costs two thirds of one that
asks on both, and one that no worker reads costs almost nothing.
"""

from datetime import UTC, datetime
from functools import cache
from typing import Any, Unpack

from temporalio.client import Client, Interceptor, OutboundInterceptor

from adapters.config.brands import Brands
from adapters.config.settings import Settings
from api.schemas.candidate import CandidateIn
from domain.channels import Channel
from engine.accepting import Accepting
from engine.candidates import Candidates
from engine.clock import EngineClock
from engine.owner_hashes import OwnerHashes
from tests.harness.core import CandidateBody, Changes, draft
from tests.harness.phone import Owner
from tests.harness.stack import Stack, load

_NO_FALLBACK = {"OWNER_WA_NUMBER": "", "PHOTON_TO": ""}
"""Otherwise the owner in the settings is asked on a channel for which a candidate names nobody."""

_CLOCK = EngineClock()


async def accepted_alone(stack: Stack, channel: str, owner: Owner, **changes: Unpack[Changes]) -> CandidateBody:
    """Accepts a candidate that asks its owner only on this channel."""
    on_whatsapp: Changes = {"owner_imessage": None, **changes}
    on_imessage: Changes = {"owner_whatsapp": None, **changes}
    body = draft(owner, **(on_whatsapp if channel == Channel.WHATSAPP else on_imessage))
    await _accept(_accepting(stack, stack.client, **_NO_FALLBACK), body)
    return body


async def unread(stack: Stack, count: int, owner: Owner, **changes: Unpack[Changes]) -> list[CandidateBody]:
    """Accepts candidates, one after the other, that no worker reads.

    Searches find them, but they are never asked or decided.
    """
    address, converter = stack.environment["TEMPORAL_ADDRESS"], stack.client.data_converter
    client = await Client.connect(address, data_converter=converter, interceptors=[_Unread()])
    accepting = _accepting(stack, client)
    bodies = [draft(owner, **changes) for _ in range(count)]
    for body in bodies:
        await _accept(accepting, body)
    return bodies


async def _accept(accepting: Accepting, body: CandidateBody) -> None:
    await accepting.accept(CandidateIn.model_validate(body).submission(), datetime.now(UTC))


def _accepting(stack: Stack, client: Client, **changes: str) -> Accepting:
    """Wires the same objects as api/app.py."""
    settings = _settings(frozenset({**stack.environment, **changes}.items()))
    return Accepting(
        client,
        Candidates(client),
        OwnerHashes(settings.core_secrets),
        Brands(settings.brands_file, settings.globals),
        settings.allowed_recipients,
        _CLOCK,
        has_buttons=settings.has_buttons,
    )


@cache
def _settings(variables: frozenset[tuple[str, str]]) -> Settings:
    return load(dict(variables))


class _Unread(Interceptor):
    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002  # the SDK's name
        return _ToNobody(next)


class _ToNobody(OutboundInterceptor):
    """Starts each workflow on a task queue that no worker polls."""

    async def start_workflow(self, input: Any) -> Any:  # noqa: A002  # as above
        input.task_queue = "nobodys"
        return await super().start_workflow(input)
