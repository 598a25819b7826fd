"""Answers each candidate once, in the first chat that shows its instruction."""

import asyncio
import logging
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from simulator.answering import prompt
from simulator.answering.answer import answer, reading_all
from simulator.answering.instruction import Act, Instruction, Order
from simulator.answering.notices import Notice, Notices, NoticeState
from simulator.answering.prompt import Prompt
from simulator.answering.standing_orders import StandingOrders
from simulator.owner import DeliveredReply, SimulatedOwner
from simulator.reply import OwnerReply
from simulator.world import ChatMessage, World

logger = logging.getLogger(__name__)

_BEFORE_READING_ALL = timedelta(seconds=1)
_BEFORE_ANSWERING_AGAIN = timedelta(seconds=2)
_MOST_ANSWERS = 3
_STAYS_UNREAD = {Act.IGNORE, Act.UNDELIVERABLE}


@dataclass
class _Plan:
    asked: Prompt
    candidate_id: str
    instruction: Instruction
    notice: Notice
    answers: int = 0

    def is_for(self, message: ChatMessage) -> bool:
        return (self.asked.channel, self.asked.address) == (message.channel, message.address)


class Answering:
    """Watches the messages that arrive; an answer that waits is lost when the process ends."""

    def __init__(self, orders: StandingOrders, notices: Notices, world: World, owner: SimulatedOwner) -> None:
        self.orders = orders
        self.notices = notices
        self._world = world
        self._owner = owner
        self._chats: dict[str, tuple[str, str]] = {}  # the chat in which each candidate is answered
        self._cut = set[str]()  # candidates whose cut prompts are read whole before they are answered
        self._taken = set[str]()
        self._until_expired: list[_Plan] = []
        self._answered: list[_Plan] = []
        self._running: set[asyncio.Task[None]] = set()
        world.on_arrival = self._arrived

    def reset(self) -> None:
        """Forgets every prompt and every answer that waits."""
        for task in self._running:
            task.cancel()
        for known in (self._chats, self._cut, self._taken, self._until_expired, self._answered, self.notices.all):
            known.clear()

    async def stop(self) -> None:
        running = list(self._running)
        self.reset()
        await asyncio.gather(*running, return_exceptions=True)

    def _arrived(self, message: ChatMessage) -> None:
        asked = prompt.read(message, self._world.messages)
        if asked is None:
            self._take_other(message)
        elif asked.candidate_id and (order := self.orders.order_for(asked)):
            self._take(asked, asked.candidate_id, order)

    def _take(self, asked: Prompt, candidate_id: str, order: Order) -> None:
        chat = (asked.channel, asked.address)
        if self._chats.setdefault(candidate_id, chat) != chat or candidate_id in self._taken:
            return
        if asked.is_cut and _is_read_whole(order):
            if candidate_id not in self._cut:
                self._cut.add(candidate_id)
                self._start(self._read_all(asked, candidate_id))
            return
        self._taken.add(candidate_id)
        self._plan(asked, candidate_id, order)

    def _plan(self, asked: Prompt, candidate_id: str, order: Order) -> None:
        instruction = order.instruction
        if instruction is None:
            self.notices.add(asked, order, NoticeState.NOT_UNDERSTOOD, order.problem)
        elif instruction.act is Act.IGNORE:
            self.notices.add(asked, order, NoticeState.IGNORED)
        elif instruction.act is Act.LATE:
            notice = self.notices.add(
                asked, order, NoticeState.WAITING, "It follows the receipt that says that the draft has expired"
            )
            self._until_expired.append(_Plan(asked, candidate_id, instruction, notice))
        elif instruction.act is not Act.UNDELIVERABLE:  # an order that came after the provider took this prompt
            notice = self.notices.add(asked, order, NoticeState.WAITING)
            self._answer(_Plan(asked, candidate_id, instruction, notice))

    def _take_other(self, message: ChatMessage) -> None:
        """Reads a receipt, or a request to answer again."""
        for plan in [plan for plan in self._until_expired if plan.is_for(message)]:
            if prompt.says_expired(message.text, plan.asked.number):
                self._until_expired.remove(plan)
                self._answer(plan)
        for plan in [plan for plan in self._answered if plan.is_for(message)]:
            if prompt.says_not_seen(message.text, plan.asked.number) and plan.answers < _MOST_ANSWERS:
                self._answered.remove(plan)
                self._start(self._answer_in(_BEFORE_ANSWERING_AGAIN, plan))

    def _answer(self, plan: _Plan) -> None:
        plan.notice.due_at = time.time() + plan.instruction.delay.total_seconds()
        self._start(self._answer_in(plan.instruction.delay, plan))

    async def _answer_in(self, delay: timedelta, plan: _Plan) -> None:
        await asyncio.sleep(delay.total_seconds())
        plan.answers += 1
        self._answered.append(plan)  # before it is sent: the request to answer again can arrive at once
        problem = await self._say(answer(plan.asked, plan.candidate_id, plan.instruction, self._world.messages))
        plan.notice.state, plan.notice.detail = NoticeState.FAILED if problem else NoticeState.ANSWERED, problem

    async def _read_all(self, asked: Prompt, candidate_id: str) -> None:
        await asyncio.sleep(_BEFORE_READING_ALL.total_seconds())
        if tap := reading_all(asked, candidate_id, self._world.messages):
            await self._say(tap)

    async def _say(self, reply: OwnerReply) -> str | None:
        """Sends a reply as the owner; returns why the gateway did not take it, None if it did."""
        problem = _problem(await self._owner.say(reply))
        if problem:
            logger.warning("the gateway did not take an automatic answer: %s", problem)
        return problem

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)


def _is_read_whole(order: Order) -> bool:
    """Returns whether the owner first reads all of a cut draft; that can change the instruction."""
    return order.instruction.act not in _STAYS_UNREAD if order.instruction else not order.is_closed


def _problem(said: DeliveredReply) -> str | None:
    for response in said.responses:
        if response.status is None:
            return response.error
        if response.status >= HTTPStatus.BAD_REQUEST:
            return f"the gateway answered {response.status}"
    return None
