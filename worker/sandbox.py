"""Temporal's sandbox, without its most expensive parts.

The gateway does not need them (docs/performance.md).
"""

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.converter import StorageDriverStoreContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import Info


def sandbox() -> WorkflowRunner:
    """Returns a sandbox that does not execute the workflows' modules again for each run.

    So it does not check their calls; ruff bans non-deterministic ones there (workflows/ruff.toml).
    """
    return _Sandbox(SandboxRestrictions.default.with_passthrough_modules("workflows"))


class _Sandbox(SandboxedWorkflowRunner):
    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        return _ContextFree(super().create_instance(det))


class _ContextFree(WorkflowInstance):
    """A run whose payloads have no context.

    Our converter and codec use none, and nothing is stored externally. The SDK asks for the context
    up to three times per payload, and compiles code for the sandbox each time.
    """

    def __init__(self, sandboxed: WorkflowInstance) -> None:
        self._sandboxed = sandboxed

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        return self._sandboxed.activate(act)

    def get_info(self) -> Info:
        return self._sandboxed.get_info()

    def get_thread_id(self) -> int | None:
        return self._sandboxed.get_thread_id()

    def get_serialization_context(self, command_info: object) -> None:
        pass

    def get_external_store_context(self, command_info: object) -> StorageDriverStoreContext:  # noqa: ARG002  # the SDK's
        return StorageDriverStoreContext(target=None)
