"""Reads from Temporal whether a candidate is decided, before a message about it is sent."""

from datetime import timedelta

from temporalio.client import Client
from temporalio.service import RPCError

from domain.errors import EngineUnavailableError
from domain.identifiers import MEMO_DECISION, approval_workflow_id
from engine.calls import engine_call

_CALL = timedelta(seconds=1)
"""A message this late is better than a wrong one; a wrong one is better than none."""


class DecidedCandidates:
    """Satisfies the activities' Standings."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def is_decided(self, candidate_id: str) -> bool:
        run = self._client.get_workflow_handle(approval_workflow_id(candidate_id))
        try:
            async with engine_call(_CALL):
                description = await run.describe()
        except (EngineUnavailableError, RPCError):
            return False
        return MEMO_DECISION in description.raw_info.memo.fields
