"""What is measured: the floor, the textbook and the gateway, each driven as its clients drive it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol, Self
from uuid import uuid4

import aiohttp
from temporalio.api.history.v1 import WorkflowExecutionStartedEventAttributes
from temporalio.api.sdk.v1 import UserMetadata
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import StartWorkflowExecutionRequest
from temporalio.client import Client

from bench.floor import FloorWorkflow, TextbookWorkflow
from bench.floor_activities import Draft
from domain.identifiers import approval_workflow_id
from tests.harness.core import draft
from tests.harness.edges import twilio_signature
from tests.harness.phone import Owner
from tests.harness.stack import CORE_SECRET

_DEADLINE = timedelta(hours=2)
TEXT = "Thanks for asking! We ship on weekdays, and you can follow your parcel with the link in your mail."


@dataclass(frozen=True)
class Case:
    """One candidate on its way; the keys are what its notices carry."""

    id: str
    asked_key: str
    owner: Owner | None = None


class Subject(Protocol):
    name: str

    def case(self) -> Case:
        """Invent a candidate."""

    async def accept(self, case: Case) -> None:
        """Hand it in; returns once it is durable."""

    async def approve(self, case: Case) -> None:
        """Let its owner approve it; returns once the reply is durable."""

    def workflow_id(self, case: Case) -> str: ...


class Engine:
    """The floor or the textbook, driven by the SDK without anything between."""

    def __init__(self, name: str, client: Client, workflow: type[FloorWorkflow | TextbookWorkflow]) -> None:
        self.name = name
        self._client = client
        self._workflow = workflow

    def case(self) -> Case:
        unique = f"{self.name}-{uuid4().hex}"
        return Case(unique, unique)

    async def accept(self, case: Case) -> None:
        await self._client.start_workflow(
            self._workflow.run, Draft(case.id, TEXT), id=self.workflow_id(case), task_queue=self.name
        )

    async def approve(self, case: Case) -> None:
        await self._client.get_workflow_handle(self.workflow_id(case)).signal(self._workflow.reply, "approve")

    def workflow_id(self, case: Case) -> str:
        return case.id


class BareStart:
    """The engine's part of an acceptance: the start of a candidate, under another id, where no worker serves it."""

    name = "a bare start"

    def __init__(
        self, client: Client, started: WorkflowExecutionStartedEventAttributes, user_metadata: UserMetadata
    ) -> None:
        self._client = client
        self._request = StartWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_type=started.workflow_type,
            task_queue=TaskQueue(name="bench-unserved"),
            input=started.input,
            memo=started.memo,
            search_attributes=started.search_attributes,
            priority=started.priority,
            user_metadata=user_metadata,
        )

    @classmethod
    async def like(cls, client: Client, workflow_id: str) -> Self:
        """Copy the start of a candidate that was accepted."""
        async for event in client.get_workflow_handle(workflow_id).fetch_history_events():
            return cls(client, event.workflow_execution_started_event_attributes, event.user_metadata)
        raise LookupError(workflow_id)

    async def accept(self) -> None:
        self._request.workflow_id = self._request.request_id = f"bare-{uuid4().hex}"
        await self._client.workflow_service.start_workflow_execution(self._request)


class Gateway:
    """The product, driven by HTTP: as core posts candidates, and as Twilio delivers replies."""

    def __init__(self, name: str, url: str, http: aiohttp.ClientSession) -> None:
        self.name = name
        self._url = url
        self._http = http

    def case(self) -> Case:
        owner = Owner()
        return Case(f"cr_{uuid4().hex}", owner.whatsapp, owner)

    async def accept(self, case: Case, **changes: Any) -> None:
        usual = {"deadline_sec": _DEADLINE // timedelta(seconds=1), "owner_imessage": None, "proposed_text": TEXT}
        candidate = draft(case.owner, id=case.id, **{**usual, **changes})
        headers = {"Authorization": f"Bearer {CORE_SECRET}"}
        async with self._http.post(f"{self._url}/candidate", json=candidate, headers=headers) as response:
            response.raise_for_status()

    async def approve(self, case: Case) -> None:
        assert case.owner is not None
        form = {
            "MessageSid": f"SM{uuid4().hex}",
            "From": case.owner.whatsapp,
            "WaId": case.owner.whatsapp.removeprefix("whatsapp:+"),
            "Body": f"approve {case.id}",
            "MessageType": "text",
            "NumMedia": "0",
        }
        url = f"{self._url}/webhooks/whatsapp"
        headers = {"X-Twilio-Signature": twilio_signature(url, [*form.items()])}
        async with self._http.post(url, data=form, headers=headers) as response:
            response.raise_for_status()

    def workflow_id(self, case: Case) -> str:
        return approval_workflow_id(case.id)
