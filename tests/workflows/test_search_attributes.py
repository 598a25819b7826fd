"""A candidate's search attributes stay within Temporal's limits."""

from uuid import uuid4

import pytest
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.service import RPCError

from tests.harness.stack import Stack
from workflows.search_attributes import PROMPT_IDS, fitting

IDS_OF_20_OWNERS = ["whatsapp", *(f"whatsapp/{n}" for n in range(1, 21)), *(f"SM{n:032}" for n in range(20 * 4))]


async def start_with(stack: Stack, ids: list[str]) -> None:
    """Starts a run that no worker executes."""
    name = f"unserved-{uuid4().hex}"
    attributes = TypedSearchAttributes([SearchAttributePair(PROMPT_IDS, ids)])
    run = await stack.client.start_workflow(name, id=name, task_queue=name, search_attributes=attributes)
    await run.terminate()


async def test_as_many_ids_are_published_as_temporal_takes(stack: Stack) -> None:
    """More would fail the workflow task repeatedly, and the deadline would be missed."""
    with pytest.raises(RPCError, match="PromptIds"):
        await start_with(stack, IDS_OF_20_OWNERS)

    await start_with(stack, fitting(IDS_OF_20_OWNERS))

    assert fitting(IDS_OF_20_OWNERS)[:21] == IDS_OF_20_OWNERS[:21]
    assert fitting(IDS_OF_20_OWNERS[:40]) == IDS_OF_20_OWNERS[:40]
