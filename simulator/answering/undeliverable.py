"""Prompts that every provider refuses, because the draft or the control API orders it."""

from simulator.answering import prompt
from simulator.answering.instruction import Act
from simulator.answering.notices import Notices, NoticeState
from simulator.answering.standing_orders import StandingOrders
from simulator.world import ChatMessage, World


class Undeliverable:
    def __init__(self, orders: StandingOrders, notices: Notices, world: World) -> None:
        self._orders = orders
        self._notices = notices
        self._world = world

    def refuses(self, message: ChatMessage) -> bool:
        """Returns whether the provider refuses this message; others still reach its recipient."""
        asked = prompt.read(message, self._world.messages)
        order = asked and self._orders.order_for(asked)
        if not (asked and order and order.instruction and order.instruction.act is Act.UNDELIVERABLE):
            return False
        self._notices.add(asked, order, NoticeState.REFUSED)
        return True
