"""Asks one approver: sends the whole prompt, part by part, and follows it until the decision."""

from contextlib import suppress
from dataclasses import replace

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.approval import Approval
    from domain.approver_chat import Chat, ChatState
    from domain.identifiers import TEMPLATE
    from domain.sending.sends import PromptResult, PromptStanding
    from domain.writing.prompt_parts import PromptPart, prompt, stand_in
    from domain.writing.wording import clock
    from workflows import metrics
    from workflows.button_message import offer_buttons
    from workflows.part_sending import PartSender
    from workflows.run_view import RunView


class Prompting:
    """The prompt of one approver. `number` is the approver's position in the candidate's list."""

    def __init__(self, number: int, chat: Chat, approval: Approval, view: RunView) -> None:
        self._chat = chat
        self._approval = approval
        self._candidate = approval.candidate
        self._view = view
        self._sender = PartSender(number, chat, approval, view)
        self._buttons_offered = 0

    async def live(self) -> None:
        """Sends the prompt; then, until the decision, resends whatever is missing or asked for.

        That is a part that came back, a template that WhatsApp requires, or the whole prompt.
        """
        self._approval.note_asking(self._chat, is_on=True)
        try:
            await self._ask()
        finally:
            self._approval.note_asking(self._chat, is_on=False)
            if workflow.in_workflow():  # a run evicted from the cache also gets here, when it is garbage-collected
                metrics.prompt_ended(self._chat.approver.channel, self._sender.result)
        attempts = self._chat.attempts
        while True:
            await workflow.wait_condition(lambda: self._is_decided or self._has_more_to_do)
            if self._is_decided:
                return
            if self._state.is_to_be_shown or self._state.is_to_be_asked_again:
                await self._ask_again()
            elif attempts.needs_template:
                await self._send_template()
            elif part := attempts.returned_part:
                await self._send_returned(part)

    @property
    def _has_more_to_do(self) -> bool:
        if self._state.is_whole_wanted:
            return self._state.is_to_be_shown
        attempts = self._chat.attempts
        return self._state.is_to_be_asked_again or attempts.needs_template or attempts.returned_part is not None

    async def _ask(self) -> None:
        """Sends each missing part in order; a part waits until the one before it is out."""
        for part in self._parts:
            if self._is_wanted_again:
                return
            if self._chat.attempts.may_have(part.name):
                continue
            if self._chat.attempts.is_cut:
                break
            if not self._sender.is_wanted(part):
                self._sender.note_unsent(PromptResult.WITHHELD)
                return
            await self._sender.send_surely(part)
            if not self._chat.attempts.may_have(part.name):
                return
        await self._conclude()

    async def _ask_again(self) -> None:
        """Sends the whole prompt again, whatever went out before, for an operator or the owner."""
        is_for_owner = self._approval.begin_asking_again(self._chat)
        await (self._show() if is_for_owner else self._repeat())
        self._approval.end_asking_again(self._chat)

    async def _repeat(self) -> None:
        """Sends the whole prompt, or the template in its place, marked, in the brand's queue."""
        for part in [self._stand_in] if self._chat.attempts.uses_template else self._parts:
            repetition = self._sender.repetition_of(part)
            if self._is_decided or not await self._sender.send(repetition, is_wanted=lambda: not self._is_decided):
                return
            await self._sender.repeat_while_in_doubt(part)
            if self._chat.attempts.is_cut:
                break
        await self._conclude()

    async def _show(self) -> None:
        """Sends the whole prompt at once to an owner who has just written, then any missing part.

        WhatsApp's 24-hour window is open then, so no template is needed.
        """
        for part in [replace(each, outside=None) for each in self._parts]:
            if not await self._sender.send(part, is_wanted=lambda: not self._is_decided, at_once=True):
                break
            await self._sender.repeat_while_in_doubt(part)
        await self._ask()

    async def _send_template(self) -> None:
        await self._sender.send_surely(self._stand_in)
        is_out = self._chat.attempts.may_have(TEMPLATE)
        if not (is_out or self._chat.attempts.returned_part or self._state.is_whole_wanted):
            self._approval.give_up(self._chat)
            if self._candidate.rules > 0:
                self._view.prompts()

    async def _send_returned(self, part: str) -> None:
        """Resends a part that came back, and the parts behind it.

        A pause comes first, so that the fault can pass.
        """

        def is_over() -> bool:
            is_otherwise = self._chat.attempts.returned_part != part
            return self._is_decided or self._is_wanted_again or is_otherwise

        begun, pause = self._chat.attempts.begun(part), self._sender.pause_before_next(part)
        self._view.note_chat(self._chat, f"part {part} came back; sent again {clock(workflow.now() + pause)}")
        with suppress(TimeoutError):
            await workflow.wait_condition(
                is_over,
                timeout=pause,
                timeout_summary=f"{self._chat.label}: before part {part} is sent again",
            )
        if is_over():
            return
        await (self._send_template() if part == TEMPLATE else self._ask())
        if self._chat.attempts.begun(part) == begun:  # no slot in time, or something else came first
            await workflow.wait_condition(is_over)

    @property
    def _stand_in(self) -> PromptPart:
        return stand_in(self._approval.as_read_in(self._chat))

    @property
    def _parts(self) -> list[PromptPart]:
        return prompt(self._approval.as_read_in(self._chat), self._chat.approver.channel)

    async def _conclude(self) -> None:
        """Notes that the prompt is out, as far as is known; offers buttons if it has none."""
        is_doubtful = self._chat.attempts.standing is PromptStanding.UNKNOWN
        standing = PromptStanding.UNKNOWN if is_doubtful else f"asked {clock(workflow.now())}"
        self._view.note_chat(self._chat, standing)
        if not self._sender.has_buttons:
            self._buttons_offered += 1
            await offer_buttons(self._approval, self._chat, self._buttons_offered, self._view)

    @property
    def _state(self) -> ChatState:
        return self._approval.chat_state(self._chat)

    @property
    def _is_wanted_again(self) -> bool:
        """Whether the whole prompt is wanted again, so that no single part needs to be sent."""
        return self._state.is_to_be_asked_again or self._state.is_whole_wanted

    @property
    def _is_decided(self) -> bool:
        return self._approval.decision is not None
