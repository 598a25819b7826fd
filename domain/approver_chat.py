"""The chat with one approver, as far as one candidate goes.

What Redis remembers of all of them is in domain/conversation/chat_memory.py.
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
    """One approver's conversation; `name` tells it from the candidate's other chats."""

    approver: Approver
    name: str
    attempts: Attempts

    @property
    def may_have_been_asked(self) -> bool:
        return self.attempts.may_have_arrived

    @property
    def label(self) -> str:
        """The chat as operators read it: by the approver's number, if the channel alone does not tell."""
        number = self.name.partition("/")[2]
        return self.approver.channel.label + (f", approver {number}" if number else "")


@dataclass(frozen=True)
class ChatState:
    """What a chat is being sent and what it is owed. A transition returns the next state, which `Approval` keeps.

    `sending` is the part of the prompt that is under way, and `telling` the message besides it; both may be. `showing`
    says that its owner is being shown the whole prompt, which they want. `asking` says that the parts of the first
    prompt go out one after the other.
    `opted_out` says that the edge has told the chat that nothing more comes, so that the decision adds no receipt.
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
        """Whether its owner is to be shown the whole prompt; nothing else of the prompt goes out before that."""
        return WholePrompt() in self.owed

    @property
    def is_to_be_shown(self) -> bool:
        """Whether its owner is to be shown the whole prompt now; what announces it is told first."""
        return self.is_whole_wanted and self.telling is None and NotWhole() not in self.owed

    @property
    def owes_answer(self) -> bool:
        return self.showing or any(isinstance(message, Answer | WholePrompt) for message in self.owed)

    def to_tell(self, *, may_have_been_asked: bool) -> Answer | Receipt | None:
        """Returns the message besides prompts that is to be sent now; none while another is under way."""
        if self.sending or self.telling:
            return None
        told = (message for message in self.owed if not isinstance(message, Prompt))
        return next((m for m in told if may_have_been_asked or not isinstance(m, Receipt) or m.is_answer), None)

    def owing(self, message: Owed) -> Self:
        return replace(self, owed=with_message(self.owed, message))

    def part_scheduled(self, attempt: PromptAttempt, now: datetime) -> Self:
        return replace(self, sending=attempt, asked_at=self.asked_at or now)

    def part_ended(self, asked_at: datetime | None, accepted_at: datetime | None) -> Self:
        """Note when the chat counts as asked; drop a receipt that the provider's early acceptance makes needless."""
        owed = tuple(m for m in self.owed if not (isinstance(m, Receipt) and m.is_needless(accepted_at)))
        return replace(self, sending=None, asked_at=asked_at, owed=owed)

    def unasked(self) -> Self:
        """Note that nothing of the prompt may have arrived."""
        return replace(self, asked_at=None)

    def asked_again(self) -> Self:
        """Note an operator's wish; it lifts an opt-out."""
        return replace(self.owing(PromptAgain()), opted_out=False)

    def to_be_shown(self) -> Self:
        """Note that its owner wants the whole prompt; that lifts an opt-out."""
        return replace(self.owing(WholePrompt()), opted_out=False)

    def prompt_again_begun(self) -> Self:
        return replace(self, owed=without(self.owed, Prompt), showing=self.is_to_be_shown)

    def prompt_again_ended(self) -> Self:
        return replace(self, showing=False)

    def ended_by_opt_out(self) -> Self:
        """Note that the edge has answered all, and that no receipt is wanted."""
        return replace(self, owed=without(self.owed, Answer | WholePrompt), opted_out=True, showing=False)

    def decided(self, receipt: Receipt | None) -> Self:
        """Note the decision: no answer from before it is sent any more; None if there is no receipt either."""
        state = replace(self, owed=without(self.owed, Answer | WholePrompt))
        return state.owing(receipt) if receipt else state

    def told_by_another(self) -> Self:
        """Note that the prompt of another candidate tells the decision there."""
        return replace(self, owed=without(self.owed, Receipt))

    def telling_begun(self, message: Answer | Receipt) -> Self:
        """Count a message as said from the moment that it is on its way."""
        return replace(self, telling=message, owed=tuple(each for each in self.owed if each != message))

    def telling_ended(self) -> Self:
        return replace(self, telling=None)
