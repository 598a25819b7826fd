"""The control API of automatic answers."""

from fastapi import APIRouter
from pydantic import BaseModel

from simulator.answering.answering import Answering
from simulator.answering.notices import Notice
from simulator.answering.standing_orders import StandingOrder


class AnsweringShown(BaseModel):
    """The standing orders, and what became of each prompt with an instruction."""

    orders: list[StandingOrder]
    notices: list[Notice]


class AnsweringControl:
    def __init__(self, answering: Answering) -> None:
        self._answering = answering

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/control/answering")
        router.add_api_route("", self.change, methods=["PUT"])
        router.add_api_route("", self.show, methods=["GET"])
        return router

    async def change(self, order: StandingOrder) -> StandingOrder:
        self._answering.orders.change(order)
        return order

    async def show(self) -> AnsweringShown:
        return AnsweringShown(orders=self._answering.orders.all, notices=self._answering.notices.all)
