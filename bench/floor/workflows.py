"""The floor, the least that the engine must do, and the textbook, which does it like a sample."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from bench.floor.activities import FloorActivities, FloorCandidate

_DEADLINE = timedelta(hours=2)
_TIMEOUT = timedelta(seconds=10)


class _FromThePromptOn:
    """What both workflows do once they have their slot."""

    def __init__(self) -> None:
        self._reply: str | None = None

    async def _ask_and_deliver(self, draft: FloorCandidate) -> str | None:
        await workflow.execute_activity_method(FloorActivities.send_prompt, draft, start_to_close_timeout=_TIMEOUT)
        try:
            await workflow.wait_condition(lambda: self._reply is not None, timeout=_DEADLINE)
        except TimeoutError:
            self._reply = "expired"
        await workflow.execute_activity_method(FloorActivities.deliver_decision, draft, start_to_close_timeout=_TIMEOUT)
        return self._reply

    @workflow.signal
    def reply(self, reply: str) -> None:
        self._reply = reply


@workflow.defn
class FloorWorkflow(_FromThePromptOn):
    """The smallest workflow like the gateway's: only the slot is taken by a local activity."""

    @workflow.run
    async def run(self, draft: FloorCandidate) -> str | None:
        await workflow.execute_local_activity_method(FloorActivities.take_slot, draft, start_to_close_timeout=_TIMEOUT)
        return await self._ask_and_deliver(draft)


@workflow.defn
class TextbookWorkflow(_FromThePromptOn):
    """The same as a sample would have it: an ordinary activity for each step."""

    @workflow.run
    async def run(self, draft: FloorCandidate) -> str | None:
        await workflow.execute_activity_method(FloorActivities.take_slot, draft, start_to_close_timeout=_TIMEOUT)
        return await self._ask_and_deliver(draft)
