"""Reads from Temporal whether a candidate is decided, before a message about it is sent."""

from datetime import timedelta

from temporalio.client import Client
from temporalio.service import RPCError

from domain.identifiers import MEMO_DECISION, approval_workflow_id

_CALL = timedelta(seconds=1)
"""A message this late is better than a wrong one; a wrong one is better than none."""


class TemporalStandings:
    """Satisfies the activities' Standings."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def is_decided(self, candidate_id: str) -> bool:
        run = self._client.get_workflow_handle(approval_workflow_id(candidate_id))
        try:
            description = await run.describe(rpc_timeout=_CALL)
        except RPCError:
            return False
        return MEMO_DECISION in description.raw_info.memo.fields
