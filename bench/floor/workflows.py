"""What the gateway is held against: the least that its engine must do, and the same as a sample has it."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from bench.floor.activities import Draft, FloorActivities

_DEADLINE = timedelta(hours=2)
_TIMEOUT = timedelta(seconds=10)


class _FromThePromptOn:
    """What both do once they have their slot."""

    def __init__(self) -> None:
        self._reply: str | None = None

    async def _ask_and_report(self, draft: Draft) -> str | None:
        await workflow.execute_activity_method(FloorActivities.send_prompt, draft, start_to_close_timeout=_TIMEOUT)
        try:
            await workflow.wait_condition(lambda: self._reply is not None, timeout=_DEADLINE)
        except TimeoutError:
            self._reply = "expired"
        await workflow.execute_activity_method(FloorActivities.report, draft, start_to_close_timeout=_TIMEOUT)
        return self._reply

    @workflow.signal
    def reply(self, reply: str) -> None:
        self._reply = reply


@workflow.defn
class FloorWorkflow(_FromThePromptOn):
    """The smallest of the gateway's shape: the slot by a local activity, everything else by an ordinary one."""

    @workflow.run
    async def run(self, draft: Draft) -> str | None:
        await workflow.execute_local_activity_method(FloorActivities.take_slot, draft, start_to_close_timeout=_TIMEOUT)
        return await self._ask_and_report(draft)


@workflow.defn
class TextbookWorkflow(_FromThePromptOn):
    """The same, as a sample would have it: one ordinary activity for each step."""

    @workflow.run
    async def run(self, draft: Draft) -> str | None:
        await workflow.execute_activity_method(FloorActivities.take_slot, draft, start_to_close_timeout=_TIMEOUT)
        return await self._ask_and_report(draft)
