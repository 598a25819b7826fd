"""What the routes are given: wired once by api/app.py, and found in the application's state."""

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
        """Check a provider's signature over the URL that it called and every pair of the form."""


class WebhookForms(Protocol):
    def is_genuine(self, query: str, form: Sequence[tuple[str, str]], *, is_status_report: bool) -> bool:
        """Returns whether a form whose signature is right is cut as the provider cuts it."""


class RequestQuota(Protocol):
    async def ask(self, client: str) -> timedelta | None:
        """Count one request of a client; None if it may be served, else the time until the next one may."""


class Echoes(Protocol):
    async def include(self, reader: Approver, text: str) -> bool:
        """Whether the gateway itself sent a text to a chat lately, so that it came back; False if not known."""


class RequestTraces(Protocol):
    def request(
        self, method: str, route: str, traceparent: str | None
    ) -> AbstractContextManager[Callable[[int], None]]:
        """Trace a request in the trace that it names, or in one of its own; takes the status of the answer."""


class PayloadCodec(Protocol):
    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Encrypt with the current key."""

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Decrypt what is encrypted; raises UnreadablePayloadError."""


@dataclass(frozen=True)
class Gateway:
    """The collaborators of the edge.

    `probes` answer for each dependency with "ok", "off", or what is wrong; `was_well` for Temporal alone, and "ok" for
    good once it was; `metrics` gives Prometheus's text.
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
    """Async, for FastAPI hands whatever is not to a thread."""
    return gateway_of(request)


GatewayDep = Annotated[Gateway, Depends(_given)]
