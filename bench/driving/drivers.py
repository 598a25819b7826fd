"""The contenders (floor, textbook and gateway), each driven as its clients drive it."""

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Protocol, Self
from urllib.parse import urlencode
from uuid import uuid4

from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.common import Priority
from temporalio.converter import decode_typed_search_attributes

from bench.driving.http import Http
from bench.floor.activities import FloorCandidate
from bench.floor.workflows import FloorWorkflow, TextbookWorkflow
from domain.candidate import Candidate
from domain.identifiers import TASK_QUEUE, approval_workflow_id
from tests.harness.core import draft
from tests.harness.edges import twilio_signature
from tests.harness.phone import Owner
from tests.harness.stack import CORE_SECRET
from workflows.approval import ApprovalWorkflow

_DEADLINE = timedelta(hours=2)
TEXT = "Thanks for asking! We ship on weekdays, and you can follow your parcel with the link in your mail."


@dataclass(frozen=True)
class DrivenCandidate:
    """A candidate in progress, with the key of the notice that its owner is asked."""

    id: str
    asked_key: str
    owner: Owner | None = None


class Driver(Protocol):
    def case(self) -> DrivenCandidate:
        """Returns a new candidate."""

    async def accept(self, case: DrivenCandidate) -> None:
        """Submits the candidate; returns once it is durable."""

    async def approve(self, case: DrivenCandidate) -> None:
        """Approves the candidate as its owner; returns once the reply is durable."""


class EngineDriver:
    """The floor or the textbook, driven directly by the SDK."""

    def __init__(self, name: str, client: Client, workflow: type[FloorWorkflow | TextbookWorkflow]) -> None:
        self.name = name
        self._client = client
        self._workflow = workflow

    def case(self) -> DrivenCandidate:
        unique = f"{self.name}-{uuid4().hex}"
        return DrivenCandidate(unique, unique)

    async def accept(self, case: DrivenCandidate) -> None:
        await self._client.start_workflow(
            self._workflow.run, FloorCandidate(case.id, TEXT), id=self.workflow_id(case), task_queue=self.name
        )

    async def approve(self, case: DrivenCandidate) -> None:
        await self._client.get_workflow_handle(self.workflow_id(case)).signal(self._workflow.reply, "approve")

    def workflow_id(self, case: DrivenCandidate) -> str:
        return case.id


class BareStart:
    """The engine's part of an acceptance: starts a candidate's workflow without the edge."""

    def __init__(self, client: Client, candidate: Candidate, **options: Any) -> None:
        self._client = client
        self._candidate = candidate
        self._options = options

    @classmethod
    async def like(cls, client: Client, workflow_id: str) -> Self:
        """Returns a start like that of an accepted candidate, except for its id."""
        decode = client.data_converter.decode

        async def plain(payload: Payload) -> Any:
            return (await decode([payload]))[0]

        async for event in client.get_workflow_handle(workflow_id).fetch_history_events():
            started = event.workflow_execution_started_event_attributes
            [candidate] = await decode(started.input.payloads, [Candidate])
            return cls(
                client,
                candidate,
                priority=Priority(fairness_key=started.priority.fairness_key),
                memo={name: await plain(payload) for name, payload in started.memo.fields.items()},
                search_attributes=decode_typed_search_attributes(started.search_attributes),
                static_summary=await plain(event.user_metadata.summary),
                static_details=await plain(event.user_metadata.details),
            )
        raise LookupError(workflow_id)

    async def accept(self) -> None:
        candidate = replace(self._candidate, id=f"bare-{uuid4().hex}")
        workflow_id = approval_workflow_id(candidate.id)
        await self._client.start_workflow(
            ApprovalWorkflow.run, candidate, id=workflow_id, task_queue=TASK_QUEUE, **self._options
        )


class GatewayDriver:
    """The gateway, driven by HTTP as core posts candidates and as Twilio delivers replies."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def case(self) -> DrivenCandidate:
        owner = Owner()
        return DrivenCandidate(f"cr_{uuid4().hex}", owner.whatsapp, owner)

    async def accept(self, case: DrivenCandidate, **changes: Any) -> None:
        usual = {"deadline_sec": _DEADLINE // timedelta(seconds=1), "owner_imessage": None, "proposed_text": TEXT}
        candidate = draft(case.owner, id=case.id, **{**usual, **changes})
        headers = {"Authorization": f"Bearer {CORE_SECRET}", "Content-Type": "application/json"}
        await self._http.post("/candidate", json.dumps(candidate).encode(), headers)

    async def approve(self, case: DrivenCandidate) -> None:
        assert case.owner is not None
        form = {
            "MessageSid": f"SM{uuid4().hex}",
            "From": case.owner.whatsapp,
            "WaId": case.owner.whatsapp.removeprefix("whatsapp:+"),
            "Body": f"approve {case.id}",
            "MessageType": "text",
            "NumMedia": "0",
        }
        path = "/webhooks/whatsapp"
        signature = twilio_signature(f"{self._http.url}{path}", [*form.items()])
        headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
        await self._http.post(path, urlencode(form).encode(), headers)

    def workflow_id(self, case: DrivenCandidate) -> str:
        return approval_workflow_id(case.id)
