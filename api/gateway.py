"""The routes' collaborators, wired once by api/app.py and kept in the application's state."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Protocol

from fastapi import Depends, Request
from temporalio.api.common.v1 import Payload

from api.health.probes import Probe
from api.health.sidecar_replies import SidecarReplies
from domain.candidate import Approver
from engine.accepting import Accepting
from engine.candidate_list import CandidatePages
from engine.candidates import Candidates
from engine.endings import Endings
from engine.replies.replies import Replies
from engine.status_reports import StatusReports
from engine.waiting import Waiting
from engine.withdrawing import Withdrawing


class WebhookSignatures(Protocol):
    def is_valid(self, url: str, form: Sequence[tuple[str, str]], signature: str | None) -> bool:
        """Checks a provider's signature of the URL that it called and of every form field."""


class WebhookForms(Protocol):
    def is_genuine(self, query: str, form: Sequence[tuple[str, str]], *, is_status_report: bool) -> bool:
        """Returns whether a correctly signed form has the fields that the provider meant."""


class RequestQuota(Protocol):
    async def ask(self, client: str) -> timedelta | None:
        """Counts a client's request.

        Returns None if it is allowed, otherwise the time until the next one is.
        """


class Echoes(Protocol):
    async def include(self, reader: Approver, text: str) -> bool:
        """Returns whether the gateway recently sent this text to the chat; False if unknown."""


class RequestTraces(Protocol):
    def request(
        self, method: str, route: str, traceparent: str | None
    ) -> AbstractContextManager[Callable[[int], None]]:
        """Traces a request in the trace that it names, or in a new one.

        Call the result with the answer's status.
        """


class PayloadCodec(Protocol):
    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Encrypts with the current key."""

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Decrypts the encrypted payloads; raises UnreadablePayloadError."""


@dataclass(frozen=True)
class Gateway:
    """The collaborators of the edge.

    `probes` return "ok", "off" or a problem for each dependency. `was_well` asks only Temporal, and
    a worker in the same process, and returns "ok" for good once the edge was ready and the worker
    had polled. `metrics` returns Prometheus's text format.
    """

    accepting: Accepting
    withdrawing: Withdrawing
    candidates: Candidates
    waiting: Waiting
    endings: Endings
    candidate_pages: CandidatePages
    replies: Replies
    status_reports: StatusReports
    core_secrets: Sequence[str]
    photon_secrets: Sequence[str]
    sidecar_replies: SidecarReplies
    echoes: Echoes
    codec_secrets: Sequence[str]
    codec: PayloadCodec
    signatures: WebhookSignatures | None
    forms: WebhookForms | None
    request_quota: RequestQuota
    request_traces: RequestTraces
    twiml: Callable[[Sequence[str]], str]
    public_base_url: str | None
    clock: Callable[[], datetime]
    probes: Mapping[str, Probe]
    was_well: Probe
    metrics: Callable[[], Awaitable[str]]


def gateway_of(request: Request) -> Gateway:
    gateway = request.app.state.gateway
    assert isinstance(gateway, Gateway)
    return gateway


async def _given(request: Request) -> Gateway:
    """Returns the edge's collaborators; async, because FastAPI runs others in a thread."""
    return gateway_of(request)


GatewayDep = Annotated[Gateway, Depends(_given)]
