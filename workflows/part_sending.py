"""Sends one part of a prompt in its slot, and repeats it, marked, until its arrival is proven."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.messages import Message
    from domain import identifiers
    from domain.approval import Approval
    from domain.approver_chat import Chat, ChatState
    from domain.candidate import RULES_OF_WHOLE_PROMPTS, Candidate
    from domain.conversation.subjects import Subject, Telling
    from domain.identifiers import TEMPLATE, PromptAttempt
    from domain.sending.message_search import FoundMessage, MessageSearch
    from domain.sending.repetitions import Repetitions
    from domain.sending.sends import PromptResult, PromptStanding, SendEnd, SendResult
    from domain.sending.slots import Lane, SlotQuestion
    from domain.sending.status_reports import StatusReport
    from domain.writing.prompt_parts import PromptPart, prompt, stand_in
    from domain.writing.wording import clock
    from workflows import metrics
    from workflows.run_view import RunView
    from workflows.sending import hold_slot, leave_queue, look_for, send, until_cancelled

_AT_ONCE = timedelta(minutes=1)


class PartSender:
    """Sends the parts of one approver's prompt.

    `number` is the approver's position in the candidate's list.
    """

    def __init__(self, number: int, chat: Chat, approval: Approval, view: RunView) -> None:
        self._number = number
        self._chat = chat
        self._approval = approval
        self._candidate = approval.candidate
        self._view = view
        self._repetitions = Repetitions(approval.candidate, chat.approver.channel)
        self._result = PromptResult.WITHHELD
        self._last_part = ""
        self._is_lost = False
        self.has_buttons = False
        """Whether the last message sent has buttons."""

    @property
    def result(self) -> PromptResult:
        """The result of the last attempt; SENT if an unclear outcome has been proven since."""
        if self._result is PromptResult.UNKNOWN and self._chat.attempts.is_proven(self._last_part):
            return PromptResult.SENT
        return self._result

    def pause_before_next(self, part: str) -> timedelta:
        """Returns how long to wait before resending a part that came back."""
        pause = self._repetitions.pause(workflow.now(), self._chat.attempts.begun(part))
        assert pause is not None, "only a provider that can be asked reports that a part came back"
        return pause

    def repetition_of(self, part: PromptPart) -> PromptPart:
        """Returns the part marked as a repetition.

        It goes out as a template only where the part allows one.
        """
        if part.name == TEMPLATE:
            return stand_in(self._as_read, repeated=True)
        repetition = prompt(self._as_read, self._chat.approver.channel, repeated=True)[int(part.name) - 1]
        return repetition if part.outside else replace(repetition, outside=None)

    async def send_surely(self, part: PromptPart) -> None:
        """Sends a part, and repeats it until something proves that it arrived."""
        await self.send(self.repetition_of(part) if self._chat.attempts.begun(part.name) else part)
        await self.repeat_while_in_doubt(part)

    async def repeat_while_in_doubt(self, part: PromptPart) -> None:
        while self._is_to_be_proven(part):
            begun = self._chat.attempts.begun(part.name)
            pause = self._repetitions.pause(workflow.now(), begun, is_lost=self._is_lost)
            if pause is None:
                return
            await self._wait_for_proof(part, pause)
            if self._is_to_be_proven(part) and self._repetitions.can_look:
                is_answered = await self._look_for(part)
                if not is_answered and self._repetitions.follow_answers_only:
                    return
            if self._is_to_be_proven(part) and not await self.send(self.repetition_of(part)):
                return

    async def _wait_for_proof(self, part: PromptPart, pause: timedelta) -> None:
        """Waits for a status report or a reply.

        The sidecar sends no status reports, so only a reply proves there.
        """
        then = clock(workflow.now() + pause)
        doubt = f"part {part.name} {PromptStanding.UNKNOWN}; repeated {then}, unless proof or a decision comes first"
        self._view.note_chat(self._chat, doubt)
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: not self._is_to_be_proven(part),
                timeout=pause,
                timeout_summary=f"{self._chat.label}: before part {part.name} is repeated",
            )

    async def _look_for(self, part: PromptPart) -> bool:
        """Asks the provider for the part, until it answers or the part no longer needs proof.

        A status report, a reply or the decision ends the search. Returns False if the provider did
        not answer before that, or before the deadline.
        """
        self._view.note_chat(self._chat, f"part {part.name} {PromptStanding.UNKNOWN}; looking for it at Twilio")
        wordings = (*part.wordings, *self._late(part).wordings, *self.repetition_of(part).wordings)
        search = MessageSearch(self._chat.approver, wordings, self._candidate.accepted_at)
        remaining = max(self._candidate.deadline - workflow.now(), timedelta(seconds=1))
        looking = asyncio.create_task(look_for(search, summary=f"looking for part {part.name}", within=remaining))
        found: list[FoundMessage] | None = None
        try:
            await workflow.wait_condition(lambda: looking.done() or not self._is_to_be_proven(part))
        finally:
            looking.cancel()
            with suppress(asyncio.CancelledError, ActivityError):
                found = await looking
        reports = [StatusReport(message.id, message.status, message.error_code) for message in found or []]
        if self._approval.part_found(self._chat, part.name, reports):
            self._view.prompts()
        return found is not None

    async def send(
        self, part: PromptPart, is_wanted: Callable[[], bool] | None = None, *, at_once: bool = False
    ) -> bool:
        """Waits for a slot, then sends; stops if the part is no longer wanted.

        Returns False if nothing was sent. `at_once` skips the brand's queue, for an owner who asks
        to see the prompt.
        """
        attempt = PromptAttempt(self._number, part.name, self._chat.attempts.begun(part.name))
        activity_id = identifiers.prompt_activity_id(self._chat.approver.channel, attempt)
        slot = self._slot(part, activity_id, at_once=at_once)
        if not await self._hold_slot(part, slot, is_wanted or partial(self.is_wanted, part)):
            return False
        self._approval.part_scheduled(self._chat, attempt, workflow.now(), may_be_cut=part.may_be_cut)
        self._view.note_chat(self._chat, f"sending part {part.name}; the pending activity has its attempts")
        path = identifiers.status_path(self._candidate.id, attempt)
        telling = Telling.WHOLE if part.completes else Telling.PART
        subject = Subject(self._candidate.id, telling, self._ended_by(part))
        said = self._late(part) if part.tells_time_left and not self._is_at_once else part
        message = Message(said.text, slot, said.template, path, subject, said.session, said.outside)
        summary = f"part {part.name} of the prompt{', repeated' if attempt.repetition else ''}"
        end = await send(message, activity_id=activity_id, summary=summary)
        self._approval.part_ended(self._chat, end, workflow.now())
        self._note_end(part, end)
        if end.result is SendResult.WITHHELD:
            await leave_queue(slot)
        return end.result in {SendResult.SENT, SendResult.UNKNOWN}

    def _ended_by(self, part: PromptPart) -> tuple[str, ...]:
        """Returns the replaced candidate if this part announces its end."""
        replaced = self._as_read.replaces
        return (replaced,) if replaced and part.name in {"1", TEMPLATE} else ()

    def _note_end(self, part: PromptPart, end: SendEnd) -> None:
        if self._candidate.rules > 0 or end.result in {SendResult.SENT, SendResult.UNKNOWN}:
            self._view.prompts()
        if end.result is SendResult.UNKNOWN:
            metrics.arrival_unknown(self._chat.approver.channel)
        self._view.part_ended(self._chat, part.name, end.result, end.reason)
        self._result, self._last_part = self._prompt_result_of(end.result), part.name
        self._is_lost, self.has_buttons = end.is_lost, end.has_buttons

    def _slot(self, part: PromptPart, activity_id: str, *, at_once: bool) -> SlotQuestion:
        """Returns the request for a part's slot.

        The first part waits in the brand's queue. A whole prompt is sent only while its owner still
        has time to decide.
        """
        lane = Lane.BRAND if part.name == "1" and not at_once else Lane.CHAT
        is_whole = part.name in {"1", TEMPLATE} and not at_once
        latest_start = self._candidate.latest_prompt_at if is_whole else self._candidate.deadline
        return SlotQuestion.of(self._candidate, self._chat.approver, lane, activity_id, latest_start)

    async def _hold_slot(self, part: PromptPart, slot: SlotQuestion, is_wanted: Callable[[], bool]) -> bool:
        self._view.note_chat(self._chat, "waiting for a slot")
        granted = bool(await until_cancelled(self._granted(slot, is_wanted)))
        if not is_wanted():
            self.note_unsent(PromptResult.WITHHELD)
            if self._is_decided:
                self._view.note_chat(self._chat, f"part {part.name} not sent: already decided")
            await leave_queue(slot)
            return False
        if not granted:
            self.note_unsent(PromptResult.TOO_LATE)
            self._view.note_chat(self._chat, f"part {part.name} not sent: no slot is left in time")
        return granted

    async def _granted(self, slot: SlotQuestion, is_wanted: Callable[[], bool]) -> bool:
        """Waits for the slot while the part is wanted.

        The owner may ask for the whole prompt meanwhile.
        """
        note = partial(self._view.note_chat, self._chat)
        if self._candidate.rules < RULES_OF_WHOLE_PROMPTS:
            return await hold_slot(slot, note, self._candidate.rules)
        holding = asyncio.create_task(hold_slot(slot, note, self._candidate.rules))
        with suppress(asyncio.CancelledError):
            await workflow.wait_condition(lambda: holding.done() or not is_wanted())
        holding.cancel()
        return await holding

    def note_unsent(self, result: PromptResult) -> None:
        """Records why nothing more was sent; a part that may be out already stays unknown."""
        if self.result is not PromptResult.UNKNOWN:
            self._result = result

    def _prompt_result_of(self, result: SendResult) -> PromptResult:
        if result is SendResult.WITHHELD:
            return PromptResult.WITHHELD if self._is_decided else PromptResult.TOO_LATE
        return PromptResult[result.name]

    @property
    def _is_decided(self) -> bool:
        return self._approval.decision is not None

    def is_wanted(self, part: PromptPart) -> bool:
        is_open = not (self._is_decided or self._state.is_whole_wanted)
        return is_open and self._chat.attempts.wants(part.name)

    def _is_to_be_proven(self, part: PromptPart) -> bool:
        """Returns whether a part still needs proof; a request for the whole prompt ends that."""
        is_wanted_again = self._state.is_to_be_asked_again or self._state.is_whole_wanted
        return not (self._is_decided or is_wanted_again) and self._chat.attempts.is_in_doubt(part.name)

    def _late(self, part: PromptPart) -> PromptPart:
        """Returns the part worded for a late send.

        It goes out as a template only where the part allows one.
        """
        if part.name == TEMPLATE:
            return stand_in(self._as_read, is_late=True)
        late = prompt(self._as_read, self._chat.approver.channel, is_late=True)[int(part.name) - 1]
        return late if part.outside else replace(late, outside=None)

    @property
    def _as_read(self) -> Candidate:
        return self._approval.as_read_in(self._chat)

    @property
    def _is_at_once(self) -> bool:
        """Whether the time left, as computed at acceptance, is still right to the minute."""
        return workflow.now() - self._candidate.accepted_at < _AT_ONCE

    @property
    def _state(self) -> ChatState:
        return self._approval.chat_state(self._chat)
