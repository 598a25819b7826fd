"""How candidates stand, read from Temporal for messages that are still to be sent."""

from datetime import timedelta

from temporalio.client import Client
from temporalio.service import RPCError

from domain.identifiers import MEMO_DECISION, approval_workflow_id

_CALL = timedelta(seconds=1)
"""A message is better late by that than wrong, and better wrong than not sent."""


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
