"""Candidates that the gateway accepted and that no worker reads: searches find them, and nothing comes of them.

Where a test needs many that wait, they cost next to nothing.
"""

from datetime import UTC, datetime
from typing import Any, Unpack

from temporalio.client import Client, Interceptor, OutboundInterceptor

from adapters.config.brands import Brands
from adapters.temporal import connection as temporal
from api.schemas.candidate import CandidateIn
from engine.accepting import Accepting
from engine.candidates import Candidates
from engine.clock import EngineClock
from engine.owner_hashes import OwnerHashes
from tests.harness.core import CandidateBody, Changes, draft
from tests.harness.phone import Owner
from tests.harness.stack import Stack, load


class _Unread(Interceptor):
    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002  # the SDK's name
        return _ToNobody(next)


class _ToNobody(OutboundInterceptor):
    """Starts each workflow on a task queue that no worker polls."""

    async def start_workflow(self, input: Any) -> Any:  # noqa: A002  # as above
        input.task_queue = "nobodys"
        return await super().start_workflow(input)


async def unread(stack: Stack, count: int, owner: Owner, **changes: Unpack[Changes]) -> list[CandidateBody]:
    """Accept candidates by the edge's own code, one after the other; return their bodies."""
    settings = load(stack.environment)
    converter = temporal.data_converter(settings.encryption_keys)
    client = await Client.connect(
        stack.environment["TEMPORAL_ADDRESS"], data_converter=converter, interceptors=[_Unread()]
    )
    accepting = Accepting(
        client,
        Candidates(client),
        OwnerHashes(settings.core_secrets),
        Brands(settings.brands_file, settings.globals),
        settings.allowed_recipients,
        EngineClock(),
        has_buttons=settings.has_buttons,
    )
    bodies = [draft(owner, **changes) for _ in range(count)]
    for body in bodies:
        await accepting.accept(CandidateIn.model_validate(body).submission(), datetime.now(UTC))
    return bodies
