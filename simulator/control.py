"""The control API, by which tests, benchmarks and the page watch and steer the outside world."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Self

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import BaseModel

from simulator.answering.answering import Answering
from simulator.faults import Fault, Faults
from simulator.owner import DeliveredReply, NoSuchButtonError, NoSuchMessageError, SimulatedOwner
from simulator.photon.sidecar import Photon
from simulator.reply import OwnerReply
from simulator.settings import SimulatorSettings
from simulator.twilio.api import Listing, TwilioApi
from simulator.twilio.formatting import Span, formatted
from simulator.twilio.kept_contents import KeptContents
from simulator.twilio.senders import Senders
from simulator.twilio.states import TwilioState, TwilioStates
from simulator.twilio.webhooks.status import StatusCallbacks, StatusPlan
from simulator.twilio.window import WindowChange, Windows
from simulator.world import AcceptedDecision, Attempt, Channel, ChatMessage, Target, World

_PAGE = Path(__file__).with_name("phone.html")


class Permission(BaseModel):
    granted: bool


class MacAccount(BaseModel):
    address: str | None


class ShownMessage(ChatMessage):
    """A message with its text as the phone draws it: WhatsApp formats it, iMessage does not."""

    shown: tuple[Span, ...]

    @classmethod
    def of(cls, message: ChatMessage) -> Self:
        is_formatted = message.channel == "whatsapp"
        return cls(**dict(message), shown=formatted(message.text) if is_formatted else (Span(message.text),))


@dataclass(frozen=True)
class Control:
    """The routes of the control API."""

    settings: SimulatorSettings
    world: World
    faults: Faults
    windows: Windows
    callbacks: StatusCallbacks
    photon: Photon
    owner: SimulatedOwner
    states: TwilioStates
    contents: KeptContents
    senders: Senders
    twilio: TwilioApi
    answering: Answering

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/", self.page, methods=["GET"])
        router.add_api_route("/control/health", self.health, methods=["GET"])
        router.add_api_route("/control/owner", self.addresses, methods=["GET"])
        router.add_api_route("/control/faults", self.add_fault, methods=["POST"])
        router.add_api_route("/control/faults", self.clear_faults, methods=["DELETE"])
        router.add_api_route("/control/faults", self.list_faults, methods=["GET"])
        router.add_api_route("/control/statuses", self.plan_statuses, methods=["PUT"])
        router.add_api_route("/control/twilio/account", self.change_account, methods=["PUT"])
        router.add_api_route("/control/window", self.change_window, methods=["PUT"])
        router.add_api_route("/control/listing", self.change_listing, methods=["PUT"])
        router.add_api_route("/control/attempts", self.attempts, methods=["GET"])
        router.add_api_route("/control/messages", self.messages, methods=["GET"])
        router.add_api_route("/control/decisions", self.decisions, methods=["GET"])
        router.add_api_route("/control/events", self.events, methods=["GET"])
        router.add_api_route("/control/replies", self.reply, methods=["POST"])
        router.add_api_route("/control/photon/restart", self.restart_photon, methods=["POST"])
        router.add_api_route("/control/photon/replace", self.replace_mac, methods=["POST"])
        router.add_api_route("/control/photon/read", self.read_mac, methods=["POST"])
        router.add_api_route("/control/photon/permission", self.permit_photon, methods=["PUT"])
        router.add_api_route("/control/photon/account", self.choose_account, methods=["PUT"])
        router.add_api_route("/control/photon/subscription", self.subscription, methods=["GET"])
        router.add_api_route("/control/reset", self.reset, methods=["POST"])
        return router

    async def page(self) -> FileResponse:
        return FileResponse(_PAGE)

    async def health(self) -> dict[str, str]:
        return {"status": "ok"}

    async def addresses(self) -> dict[str, str]:
        return {"whatsapp": self.settings.owner_wa_number, "imessage": self.settings.photon_to}

    async def add_fault(self, fault: Fault) -> Fault:
        self.faults.active.append(fault)
        return fault

    async def clear_faults(self) -> list[Fault]:
        self.faults.active.clear()
        self.states.current = TwilioState()
        self.twilio.listing = Listing()
        self.windows.change(WindowChange(open=True))
        self.photon.permit(granted=True)
        self.photon.mac.account = None
        self.answering.orders.all.clear()
        return []

    async def list_faults(self) -> list[Fault]:
        return self.faults.active

    async def plan_statuses(self, plan: StatusPlan) -> StatusPlan:
        self.callbacks.plan = plan
        return plan

    async def change_account(self, state: TwilioState) -> TwilioState:
        self.states.current = state
        return state

    async def change_window(self, change: WindowChange) -> WindowChange:
        self.windows.change(change)
        return change

    async def change_listing(self, listing: Listing) -> Listing:
        self.twilio.listing = listing
        return listing

    async def attempts(self, target: Target | None = None, contains: str = "") -> list[Attempt]:
        return [
            a
            for a in self.world.attempts
            if target in {None, a.target} and (contains in a.text or contains in (a.body or ""))
        ]

    async def messages(
        self, channel: Channel | None = None, address: str | None = None, contains: str = ""
    ) -> list[ShownMessage]:
        """Returns the messages that the phones show, oldest first."""
        shown = [m for m in self.world.messages if m.arrives and contains in m.text]
        return [ShownMessage.of(m) for m in shown if channel in {None, m.channel} and address in {None, m.address}]

    async def decisions(self, id: str | None = None) -> list[AcceptedDecision]:  # noqa: A002  the parameter's name on the wire
        return [d for d in self.world.decisions if id in {None, d.id}]

    async def events(self) -> StreamingResponse:
        """Streams each event from now on as a line of JSON, without an end."""

        async def lines() -> AsyncIterator[str]:
            with self.world.watched() as happened:
                yield "\n"  # a client that has read it misses no event
                while True:
                    yield f"{(await happened.get()).model_dump_json()}\n"

        return StreamingResponse(lines(), media_type="application/x-ndjson")

    async def reply(self, reply: OwnerReply) -> DeliveredReply:
        try:
            return await self.owner.say(reply)
        except (NoSuchButtonError, NoSuchMessageError) as error:
            raise HTTPException(HTTPStatus.NOT_FOUND, str(error)) from None

    async def restart_photon(self) -> dict[str, str]:
        self.photon.restart()
        return {"status": "restarted"}

    async def replace_mac(self) -> dict[str, str]:
        self.photon.move()
        return {"status": "replaced"}

    async def read_mac(self) -> dict[str, str]:
        """Marks every message on the Mac as read."""
        self.photon.mac.unread.clear()
        return {"status": "read"}

    async def permit_photon(self, permission: Permission) -> Permission:
        self.photon.permit(granted=permission.granted)
        return permission

    async def choose_account(self, account: MacAccount) -> MacAccount:
        """Sets the Mac's own account; the Mac receives what it sends there."""
        self.photon.mac.account = account.address
        return account

    async def subscription(self) -> dict[str, object] | None:
        subscription = self.photon.subscription
        return subscription.model_dump(by_alias=True) if subscription else None

    async def reset(self) -> dict[str, str]:
        self.world.clear()
        await self.clear_faults()
        self.answering.reset()
        self.contents.reset()
        self.senders.webhook = None
        self.callbacks.plan = StatusPlan()
        return {"status": "reset"}
