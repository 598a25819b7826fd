"""Publishes the state of a candidate's run.

The edge reads search attributes and memo; operators also read details and logs.
"""

import asyncio
from datetime import timedelta
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain import identifiers
    from domain.approval import Approval, PromptState
    from domain.approver_chat import Chat
    from domain.candidate import RULES_OF_WHOLE_PROMPTS
    from domain.decision import ApprovalState, CallbackState, Decision
    from domain.identifiers import PromptAttempt
    from domain.sending.status_reports import StatusReport
    from domain.writing.wording import clock
    from workflows import metrics, search_attributes
    from workflows.current_details import CurrentDetails

_SHOWN_FOR = timedelta(seconds=1)
"""The UI's timeline shows a text of ours only on a timer; the server has no shorter one."""


class RunView:
    def __init__(self, approval: Approval) -> None:
        self._approval = approval
        self.note = CurrentDetails().note
        """Shows a note to operators, without adding an event to the history."""
        self._shown: tuple[ApprovalState, list[str]] | None = None
        self._troubles: list[PromptState] = []
        self._showing: set[asyncio.Task[None]] = set()

    def note_chat(self, chat: Chat, what: str) -> None:
        self.note(chat.label, what)

    def note_message(self, chat: Chat, kind: str, what: str) -> None:
        """Notes the state of a message other than the prompt."""
        self.note(f"{kind.capitalize()} on {chat.label}", what)

    def ignored(self, signal: str, lack: str) -> None:
        """Shows an operator why a signal changed nothing, in the details and in the run's timeline.

        Temporal only confirms that it accepted the signal; the UI shows the timeline next.
        """
        self.note("Ignored", f"{signal} {lack}")
        if self._approval.candidate.rules >= RULES_OF_WHOLE_PROMPTS:
            showing = asyncio.create_task(workflow.sleep(_SHOWN_FOR, summary=f"Ignored: {signal} {lack}"))
            self._showing.add(showing)
            showing.add_done_callback(self._showing.discard)

    def part_ended(self, chat: Chat, part: str, result: str, reason: str) -> None:
        self.note_chat(chat, f"part {part} {result}{reason and ': '}{reason}")
        workflow.logger.info("prompt_part_ended", extra=self._log_fields(chat) | {"result": result})

    def part_reported(self, chat: Chat, attempt: PromptAttempt, report: StatusReport) -> None:
        error = f", error {report.error_code}" if report.error_code else ""
        self.note_chat(chat, f"part {attempt.part} is {report.status}{error}")
        metrics.part_reported(report)
        fields = {"result": report.status, "error_code": report.error_code or ""}
        workflow.logger.info("prompt_part_reported", extra=self._log_fields(chat) | fields)

    def prompts(self) -> None:
        """Publishes the progress of the prompts.

        State and ids go out together; the memo has only troubles.
        """
        shown = self._approval.state, search_attributes.fitting(self._approval.prompt_ids.flat)
        if shown != self._shown or self._approval.candidate.rules == 0:
            self._shown = shown
            workflow.upsert_search_attributes(
                [
                    search_attributes.APPROVAL_STATE.value_set(self._approval.state),
                    search_attributes.PROMPT_IDS.value_set(shown[1]),
                ]
            )
        troubles = self._approval.troubles
        if troubles != self._troubles and self._approval.candidate.rules > 0:
            self._troubles = troubles
            workflow.upsert_memo({identifiers.MEMO_PROMPTS: troubles})

    def place(self, *, is_taken: bool) -> None:
        """Publishes whether this candidate took the place; its own successor waits for that."""
        workflow.upsert_memo({identifiers.MEMO_PLACE: is_taken})
        how = "its place is taken" if is_taken else "it was decided first"
        self.note("Replaces", f"{self._approval.candidate.replaces}: {how}")

    def decision(self, decision: Decision, callback: CallbackState) -> None:
        workflow.upsert_search_attributes(
            [
                search_attributes.APPROVAL_STATE.value_set(self._approval.state),
                search_attributes.CALLBACK_STATE.value_set(callback),
                search_attributes.DECIDED_AT.value_set(decision.decided_at),
            ]
        )
        memo: dict[str, Any] = {identifiers.MEMO_DECISION: decision}
        if self._approval.left_to_successor:
            memo[identifiers.MEMO_LEFT] = self._approval.left_to_successor
        if self._approval.candidate.rules > 0 and self._approval.troubles != self._troubles:
            self._troubles = memo[identifiers.MEMO_PROMPTS] = self._approval.troubles
        workflow.upsert_memo(memo)
        self.note("Decision", f"{decision.outcome} {self._by(decision)} {clock(decision.decided_at)}")
        self.note("Callback", "on its way to core; the pending activity deliver_decision has its attempts")
        metrics.decided(self._approval.candidate, decision)
        workflow.logger.info("candidate_decided", extra=self._log_fields() | {"outcome": decision.outcome.value})

    def callback(self, state: CallbackState, note: str, *, ends_run: bool) -> None:
        """Publishes the callback's state.

        A run that ends with it needs no event: its end shows the state.
        """
        if not ends_run:
            workflow.upsert_search_attributes([search_attributes.CALLBACK_STATE.value_set(state)])
        self.note("Callback", note)
        if state is CallbackState.PARKED:
            metrics.callback_parked()
        workflow.logger.info("callback_state_changed", extra=self._log_fields() | {"callback": state.value})

    def _by(self, decision: Decision) -> str:
        """Names the decider; for an owner, only the chat."""
        chat = next((chat for chat in self._approval.chats if str(chat.approver) == decision.decider), None)
        successor = f" ({decision.replaced_by})" if decision.replaced_by else ""
        return f"on {chat.label}" if chat else f"by {decision.decider}{successor}"

    def _log_fields(self, chat: Chat | None = None) -> dict[str, str]:
        candidate = self._approval.candidate
        fields = {"candidate_id": candidate.id, "brand_id": candidate.brand_id}
        return fields | ({"channel": chat.approver.channel.value} if chat else {})
