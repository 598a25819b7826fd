"""The chat with one approver, as one candidate sees it.

domain/conversation/chat_memory.py has what Redis remembers about all candidates in a chat.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from domain.candidate import Approver
from domain.conversation.owed_messages import (
    Answer,
    NotWhole,
    Owed,
    Prompt,
    PromptAgain,
    Receipt,
    WholePrompt,
    with_message,
    without,
)
from domain.identifiers import PromptAttempt
from domain.sending.attempts import Attempts


@dataclass(frozen=True, eq=False)
class Chat:
    """The chat with one approver; `name` is unique among the candidate's chats."""

    approver: Approver
    name: str
    attempts: Attempts

    @property
    def may_have_been_asked(self) -> bool:
        return self.attempts.may_have_arrived

    @property
    def label(self) -> str:
        """The chat's name for operators, with the approver's number if others share the channel."""
        number = self.name.partition("/")[2]
        return self.approver.channel.label + (f", approver {number}" if number else "")


@dataclass(frozen=True)
class ChatState:
    """What a chat is being sent, and what it is owed.

    Each transition returns the next state, which `Approval` keeps. `sending` is the part of the
    prompt that is under way, and `telling` is any other message under way; both can be set.
    `showing` is true while the owner is being shown the whole prompt on request. `asking` is true
    while the parts of the first prompt go out, one after the other. `opted_out` is true once the
    edge has told the chat that nothing more follows; the decision then adds no receipt.
    """

    asked_at: datetime | None = None
    sending: PromptAttempt | None = None
    telling: Answer | Receipt | None = None
    owed: tuple[Owed, ...] = ()
    opted_out: bool = False
    showing: bool = False
    asking: bool = False

    @property
    def is_to_be_asked_again(self) -> bool:
        return PromptAgain() in self.owed

    @property
    def is_whole_wanted(self) -> bool:
        """Whether the owner is owed the whole prompt; no other part of it goes out before that."""
        return WholePrompt() in self.owed

    @property
    def is_to_be_shown(self) -> bool:
        """Whether to send the whole prompt now; the answer that announces it goes first."""
        return self.is_whole_wanted and self.telling is None and NotWhole() not in self.owed

    @property
    def owes_answer(self) -> bool:
        return self.showing or any(isinstance(message, Answer | WholePrompt) for message in self.owed)

    def to_tell(self, *, may_have_been_asked: bool) -> Answer | Receipt | None:
        """Returns the next message that is not a prompt; None while another is under way."""
        if self.sending or self.telling:
            return None
        told = (message for message in self.owed if not isinstance(message, Prompt))
        return next((m for m in told if may_have_been_asked or not isinstance(m, Receipt) or m.is_answer), None)

    def owing(self, message: Owed) -> Self:
        return replace(self, owed=with_message(self.owed, message))

    def part_scheduled(self, attempt: PromptAttempt, now: datetime) -> Self:
        return replace(self, sending=attempt, asked_at=self.asked_at or now)

    def part_ended(self, asked_at: datetime | None, accepted_at: datetime | None) -> Self:
        """Records when the chat counts as asked; drops a receipt that became needless.

        A receipt is needless if the provider accepted the part early enough.
        """
        owed = tuple(m for m in self.owed if not (isinstance(m, Receipt) and m.is_needless(accepted_at)))
        return replace(self, sending=None, asked_at=asked_at, owed=owed)

    def unasked(self) -> Self:
        """Records that no part of the prompt can have arrived."""
        return replace(self, asked_at=None)

    def asked_again(self) -> Self:
        """Records an operator's request to ask again, which lifts an opt-out."""
        return replace(self.owing(PromptAgain()), opted_out=False)

    def to_be_shown(self) -> Self:
        """Records the owner's request for the whole prompt, which lifts an opt-out."""
        return replace(self.owing(WholePrompt()), opted_out=False)

    def prompt_again_begun(self) -> Self:
        return replace(self, owed=without(self.owed, Prompt), showing=self.is_to_be_shown)

    def prompt_again_ended(self) -> Self:
        return replace(self, showing=False)

    def ended_by_opt_out(self) -> Self:
        """Records that the edge has answered everything, and that the owner wants no receipt."""
        return replace(self, owed=without(self.owed, Answer | WholePrompt), opted_out=True, showing=False)

    def decided(self, receipt: Receipt | None) -> Self:
        """Records the decision: drops all earlier answers, and adds the receipt if there is one."""
        state = replace(self, owed=without(self.owed, Answer | WholePrompt))
        return state.owing(receipt) if receipt else state

    def told_by_another(self) -> Self:
        """Records that another candidate's prompt tells this chat about the decision."""
        return replace(self, owed=without(self.owed, Receipt))

    def telling_begun(self, message: Answer | Receipt) -> Self:
        """Records that a message is under way; from now on it counts as sent."""
        return replace(self, telling=message, owed=tuple(each for each in self.owed if each != message))

    def telling_ended(self) -> Self:
        return replace(self, telling=None)
