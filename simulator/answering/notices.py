"""What the phone's page shows of automatic answers."""

import logging
import time
from enum import StrEnum

from pydantic import BaseModel, Field

from simulator.answering.instruction import Order, ToldBy
from simulator.answering.prompt import Prompt
from simulator.world import Channel

logger = logging.getLogger(__name__)


class NoticeState(StrEnum):
    WAITING = "waiting"
    ANSWERED = "answered"
    IGNORED = "ignored"
    REFUSED = "refused"  # the provider did not take the prompt
    FAILED = "failed"  # the gateway did not take the answer
    NOT_UNDERSTOOD = "not understood"


class Notice(BaseModel):
    """What becomes of one prompt, and where its instruction is from.

    `due_at` is the time of the answer, as soon as it is known.
    """

    at: float = Field(default_factory=time.time)
    channel: Channel
    address: str
    number: str
    candidate_id: str | None
    instruction: str
    told_by: ToldBy
    state: NoticeState
    due_at: float | None = None
    detail: str | None = None


class Notices:
    def __init__(self) -> None:
        self.all: list[Notice] = []

    def add(self, prompt: Prompt, order: Order, state: NoticeState, detail: str | None = None) -> Notice:
        notice = Notice(
            channel=prompt.channel,
            address=prompt.address,
            number=prompt.number,
            candidate_id=prompt.candidate_id,
            instruction=order.written,
            told_by=order.told_by,
            state=state,
            detail=detail,
        )
        self.all.append(notice)
        if state is NoticeState.NOT_UNDERSTOOD:
            logger.warning("draft %s: %s", prompt.number, detail)
        return notice
