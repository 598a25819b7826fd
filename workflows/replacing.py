"""Takes the place of the candidate that another one replaces."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.receipt_handover import HandOver
    from activities.replacing import Place, ReplacingActivities, Succession
    from domain.approval import Approval
    from domain.decision import SYSTEM_OVERTAKEN
    from workflows.handing_over import hand_over_for
    from workflows.run_view import RunView

_TIMEOUT = timedelta(seconds=15)
_RETRIES = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=15))


class Replacing:
    """The steps by which a candidate takes another's place; its own decision interrupts none."""

    def __init__(self, approval: Approval, view: RunView) -> None:
        self._approval = approval
        self._candidate = approval.candidate
        self._view = view
        self._place: Place | None = None
        self.has_ended = self._candidate.replaces is None

    async def until_taken(self) -> None:
        """Waits until this candidate has taken the place; no owner is asked before that."""
        if self._candidate.replaces:
            await workflow.wait_condition(lambda: self._place is not None and self._place.is_taken)

    async def live(self, is_prompting_over: Callable[[], bool]) -> None:
        """Takes the old candidate's place, or expires.

        Then makes sure that the old one's chats learn of its end.
        """
        if self._candidate.replaces is None:
            return
        place = await self._take(self._candidate.replaces)
        if place.is_taken:
            self._approval.take_place(place.told_in_prompts)
        else:
            self._approval.expire(SYSTEM_OVERTAKEN, workflow.now())
        self._place = place
        self._view.place(is_taken=place.is_taken)
        await asyncio.gather(*(self._tell(owed, is_prompting_over) for owed in place.owed))
        self.has_ended = True

    async def _take(self, replaced: str) -> Place:
        self._view.note("Replaces", f"{replaced}; the pending activity take_place waits for its decision")
        return await workflow.execute_activity_method(
            ReplacingActivities.take_place,
            Succession(self._candidate.id, replaced, self._candidate.approvers),
            activity_id="place",
            start_to_close_timeout=_TIMEOUT,
            retry_policy=_RETRIES,
            summary=f"takes the place of {replaced}",
        )

    async def _tell(self, owed: HandOver, is_prompting_over: Callable[[], bool]) -> None:
        """Sends a chat the old candidate's receipt, unless the new prompt announces its end."""
        chat = next(chat for chat in self._approval.chats if chat.approver == owed.approver)
        await workflow.wait_condition(lambda: is_prompting_over() or chat.attempts.failed)
        if not chat.may_have_been_asked:
            await hand_over_for(owed, chat, self._view, activity_id=f"receipt-of-replaced/{chat.name}")
