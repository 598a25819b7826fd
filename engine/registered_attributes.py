"""Reads which search attributes the namespace has, without which it takes no candidate."""

from collections.abc import Mapping
from datetime import timedelta

from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import GetSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from workflows import search_attributes

_NOT_FOR_US = {RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.PERMISSION_DENIED}


async def registered(client: Client, patience: timedelta) -> dict[str, int]:
    """Returns the types by name; Temporal Cloud may only have the workflow service."""
    listed = await _listed(client, patience)
    if listed is None:
        keys = await client.workflow_service.get_search_attributes(GetSearchAttributesRequest(), timeout=patience)
        return dict(keys.keys)
    return listed


async def lacking(client: Client, patience: timedelta) -> str | None:
    """Returns which attributes are not registered, for operators; None if all are.

    None, too, if the operator service is not for this key: the gateway itself does not need it.
    """
    listed = await _listed(client, patience)
    return None if listed is None else lacked(listed)


async def _listed(client: Client, patience: timedelta) -> dict[str, int] | None:
    request = ListSearchAttributesRequest(namespace=client.namespace)
    try:
        answer = await client.operator_service.list_search_attributes(request, timeout=patience)
    except RPCError as error:
        if error.status in _NOT_FOR_US:
            return None
        raise
    return dict(answer.custom_attributes)


def lacked(found: Mapping[str, int]) -> str | None:
    names = [key.name for key in search_attributes.ALL if key.name not in found]
    return f"not registered: {', '.join(names)}" if names else None
