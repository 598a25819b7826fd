"""A proxy that refuses keys as a self-hosted Temporal server with an authorizer does.

The server's default authorizer lets everybody check its health, looks for `<namespace>:<role>`
among a key's claims, and answers everything else, including unknown keys, with PERMISSION_DENIED
(`common/authorization` in its source). The server's answers pass through as bytes.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import IntEnum

import grpc
from google.protobuf.message_factory import GetMessageClass
from temporalio.api.operatorservice.v1 import service_pb2 as operator_service
from temporalio.api.workflowservice.v1 import service_pb2 as workflow_service

from tests.harness.processes import free_port

_METHODS = {
    f"/{service.full_name}/{method.name}": method
    for file in (workflow_service, operator_service)
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}
_FOR_EVERYBODY = {
    "/grpc.health.v1.Health/Check",
    "/temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo",
}
_READS = ("Count", "Describe", "Get", "List", "Query", "Scan")
_ADMINISTERS = {"AddSearchAttributes", "RegisterNamespace", "RemoveSearchAttributes", "UpdateNamespace"}
_UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.http2.max_ping_strikes", 0)]


class Role(IntEnum):
    READ = 1
    WRITE = 2
    ADMIN = 3


@dataclass
class Authorizer:
    """`claims` are each key's permissions, such as `default:write`; a test can change them."""

    address: str
    claims: dict[str, str]
    unknown: tuple[grpc.StatusCode, str] = (grpc.StatusCode.PERMISSION_DENIED, "Request unauthorized.")
    """How a key without claims is refused; proxies often answer UNAUTHENTICATED."""
    calls: Counter[str] = field(default_factory=Counter)
    """How often each method was called."""

    polls_refused: bool = False
    """Whether each poll is over the namespace's limit of open polls."""

    delay: timedelta = timedelta()
    """How long every request waits, except for those of a new connection."""

    def refusal(self, method: str, request: bytes, key: str) -> tuple[grpc.StatusCode, str] | None:
        if method in _FOR_EVERYBODY:
            return None
        if self.polls_refused and method.rpartition("/")[2].startswith("Poll"):
            return grpc.StatusCode.RESOURCE_EXHAUSTED, "namespace concurrent poller limit exceeded"
        if key not in self.claims:
            return self.unknown
        namespace, _, role = self.claims[key].partition(":")
        if namespace != _namespace(method, request) or Role[role.upper()] < _needed(method):
            return grpc.StatusCode.PERMISSION_DENIED, "Request unauthorized."
        return None


def _needed(method: str) -> Role:
    name = method.rpartition("/")[2]
    if name in _ADMINISTERS:
        return Role.ADMIN
    return Role.READ if name.startswith(_READS) else Role.WRITE


def _namespace(method: str, request: bytes) -> str | None:
    """Returns None for a request about the cluster, which a namespace's claims do not cover."""
    read = GetMessageClass(_METHODS[method].input_type).FromString(request)
    namespace: str | None = getattr(read, "namespace", None)
    return namespace


class _Passing:
    """A generic handler, in gRPC's terms: it serves every method."""

    def __init__(self, authorizer: Authorizer, channel: grpc.aio.Channel) -> None:
        self._authorizer, self._channel = authorizer, channel

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        method, sent = handler_call_details.method, list(handler_call_details.invocation_metadata)
        key = str(dict(sent).get("authorization", "")).removeprefix("Bearer ")
        metadata = [(name, value) for name, value in sent if not name.startswith("grpc-") and name != "user-agent"]

        async def serve(request: bytes, context: grpc.aio.ServicerContext) -> bytes:
            self._authorizer.calls[method.rpartition("/")[2]] += 1
            if refusal := self._authorizer.refusal(method, request, key):
                await context.abort(*refusal)
            if method not in _FOR_EVERYBODY:
                await asyncio.sleep(self._authorizer.delay.total_seconds())
            try:
                answer: bytes = await self._channel.unary_unary(method)(
                    request, timeout=context.time_remaining(), metadata=metadata
                )
            except grpc.aio.AioRpcError as error:
                await context.abort(error.code(), error.details() or "", tuple(error.trailing_metadata()))
            return answer

        return grpc.unary_unary_rpc_method_handler(serve)


@asynccontextmanager
async def authorizing(target: str, claims: Mapping[str, str]) -> AsyncIterator[Authorizer]:
    """Passes requests to the server at `target` if the claim of their key allows them."""
    authorizer = Authorizer(f"127.0.0.1:{(port := free_port())}", dict(claims))
    async with grpc.aio.insecure_channel(target, options=_UNLIMITED) as channel:
        server = grpc.aio.server(handlers=[_Passing(authorizer, channel)], options=_UNLIMITED)
        server.add_insecure_port(f"127.0.0.1:{port}")
        await server.start()
        try:
            yield authorizer
        finally:
            await server.stop(grace=None)


def by_key(authorizer: Authorizer, key: str) -> dict[str, str]:
    """Returns the settings of a process with a key; TLS is off, which the SDK would turn on."""
    return {"TEMPORAL_ADDRESS": authorizer.address, "TEMPORAL_API_KEY": key, "TEMPORAL_TLS": "false"}
