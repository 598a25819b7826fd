"""`python -m tools.setup_temporal`: prepares a Temporal namespace; harmless to repeat.

    python -m tools.setup_temporal [--retention-days 30]

Creates TEMPORAL_NAMESPACE if it does not exist, sets its retention to 30 days at least, or to the
option's value, registers the search attributes, and ends when the namespace can be used. The exit
code is 1 if it cannot be used, 2 if TEMPORAL_* are wrong. For Temporal Cloud, use its own tools
instead.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    RegisterNamespaceRequest,
    UpdateNamespaceRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from adapters.config import environment
from adapters.temporal import connection as temporal
from domain.engine_states import Behavior
from domain.errors import EngineMisconfiguredError, EngineUnreachedError
from engine.calls import state_of
from workflows import search_attributes

T = TypeVar("T")

RETENTION = timedelta(days=30)
"""Within it, a repeated id is a duplicate, and a reply that is delivered again has no effect."""

_PATIENCE_SEC = 60
"""For a server to start, and for all of its nodes to learn of a new namespace."""

_OF_ADMINISTRATORS = {RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED}
"""How Temporal refuses what only an administrator may do, or only other tools."""


async def main(arguments: Sequence[str]) -> int:
    days = _retention_days(arguments)
    environment.tidy([])
    try:
        client = await _patiently(lambda: temporal.connect({}, lazy=False))
        retention = await _patiently(lambda: _prepare_namespace(client, days))
        await _patiently(lambda: _register_search_attributes(client))
        await _patiently(lambda: client.count_workflows(search_attributes.IS_UNDECIDED))
    except EngineMisconfiguredError as error:
        temporal.refuse(error)
    except (EngineUnreachedError, RPCError) as error:
        print(f"The namespace could not be prepared: {_reason(error)}", file=sys.stderr)
        return 1
    names = ", ".join(key.name for key in search_attributes.ALL)
    print(f"namespace {client.namespace} keeps closed runs for {retention.days} days; search attributes: {names}")
    return 0


def _retention_days(arguments: Sequence[str]) -> int | None:
    parser = argparse.ArgumentParser(prog="python -m tools.setup_temporal", description="Prepare Temporal's namespace.")
    parser.add_argument("--retention-days", type=int, help=f"the exact retention (default: {RETENTION.days} or more)")
    days: int | None = parser.parse_args(arguments).retention_days
    if days is not None and days < 1:
        parser.error("Temporal keeps closed runs for at least one day")
    return days


async def _patiently(attempt: Callable[[], Awaitable[T]]) -> T:
    """Retries while the server starts, or some of its nodes do not know the namespace yet."""
    give_up_at = time.monotonic() + _PATIENCE_SEC
    while True:
        try:
            return await attempt()
        except (EngineUnreachedError, RPCError) as error:
            if not _may_pass(error) or time.monotonic() > give_up_at:
                raise
        await asyncio.sleep(0.2)


def _may_pass(error: EngineUnreachedError | RPCError) -> bool:
    if isinstance(error, RPCError) and error.status in _OF_ADMINISTRATORS:
        return False
    state = state_of(error) if isinstance(error, RPCError) else error.state
    return state is not None and state.traits.command is Behavior.WAIT


async def _prepare_namespace(client: Client, days: int | None) -> timedelta:
    """Creates the namespace, or sets its retention; keeps a longer one unless `days` are given."""
    service, wanted = client.workflow_service, timedelta(days=days) if days else RETENTION
    retention = Duration(seconds=int(wanted.total_seconds()))
    try:
        described = await service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        request = RegisterNamespaceRequest(namespace=client.namespace, workflow_execution_retention_period=retention)
        await service.register_namespace(request)
        return wanted
    kept = described.config.workflow_execution_retention_ttl.ToTimedelta()
    if kept == wanted or (kept > wanted and not days):
        return kept
    config = NamespaceConfig(workflow_execution_retention_ttl=retention)
    await service.update_namespace(UpdateNamespaceRequest(namespace=client.namespace, config=config))
    return wanted


async def _register_search_attributes(client: Client) -> None:
    types = {key.name: IndexedValueType.ValueType(key.indexed_value_type) for key in search_attributes.ALL}
    request = AddSearchAttributesRequest(namespace=client.namespace, search_attributes=types)
    await client.operator_service.add_search_attributes(request)


def _reason(error: Exception) -> str:
    if isinstance(error, RPCError) and error.status in _OF_ADMINISTRATORS:
        said = str(error).rstrip(".")
        return f"{said}; run this as an administrator of the namespace; in Temporal Cloud, use its own tools"
    return str(error)


if __name__ == "__main__":
    temporal.leave(asyncio.run(main(sys.argv[1:])))
