"""Reads from a run's history what no worker has processed yet."""

from collections.abc import AsyncIterator

from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from domain.identifiers import approval_workflow_id
from domain.temporal_names import SignalName
from engine.calls import engine_call


class Histories:
    def __init__(self, client: Client) -> None:
        self._client = client

    async def has_scheduled(self, candidate_id: str, activity_prefixes: tuple[str, ...]) -> bool:
        """Returns whether any activity was scheduled whose id begins with one of the prefixes."""
        async with engine_call():
            ids = [e.activity_task_scheduled_event_attributes.activity_id async for e in self._events(candidate_id)]
        return any(activity_id.startswith(activity_prefixes) for activity_id in ids)

    async def has_received(self, candidate_id: str, message_key: str) -> bool:
        """Returns whether a message was signaled as a reply."""
        async with engine_call():
            signals = [e.workflow_execution_signaled_event_attributes async for e in self._events(candidate_id)]
        payloads = [
            payload for signal in signals if signal.signal_name == SignalName.REPLY for payload in signal.input.payloads
        ]
        replies = await self._client.data_converter.decode(payloads)
        return any(isinstance(reply, dict) and reply.get("message_key") == message_key for reply in replies)

    def _events(self, candidate_id: str) -> AsyncIterator[HistoryEvent]:
        return self._client.get_workflow_handle(approval_workflow_id(candidate_id)).fetch_history_events()
