"""Twilio's reports of what becomes of a message."""

import asyncio
import logging

import httpx
from pydantic import BaseModel, ConfigDict, Field

from simulator import twilio_resource
from simulator.settings import Settings
from simulator.twilio_signature import signed_headers
from simulator.world import Message

logger = logging.getLogger(__name__)


class StatusStep(BaseModel):
    model_config = ConfigDict(extra="forbid")

    status: str
    error_code: int | None = None
    delay_sec: float = Field(default=0.0, ge=0)


class StatusPlan(BaseModel):
    """What becomes of messages once accepted, in order; a step may come twice, out of order or not at all."""

    model_config = ConfigDict(extra="forbid")

    steps: list[StatusStep] = [StatusStep(status="sent"), StatusStep(status="delivered")]


class StatusCallbacks:
    """Moves each accepted message through the plan and tells its callback URL."""

    def __init__(self, settings: Settings, http: httpx.AsyncClient) -> None:
        self.plan = StatusPlan()
        self._settings = settings
        self._http = http
        self._running: set[asyncio.Task[None]] = set()

    def start(self, message: Message, url: str | None) -> None:
        task = asyncio.create_task(self._run(message, url, self.plan.steps))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def stop(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _run(self, message: Message, url: str | None, steps: list[StatusStep]) -> None:
        for step in steps:
            await asyncio.sleep(step.delay_sec)
            message.status = step.status
            if url:
                await self._tell(url, self._form(message, step))

    def _form(self, message: Message, step: StatusStep) -> list[tuple[str, str]]:
        sender, recipient = twilio_resource.parties(message, self._settings)
        fields = {
            "MessageSid": message.id,
            "SmsSid": message.id,
            "MessageStatus": step.status,
            "SmsStatus": step.status,
            "To": recipient,
            "From": sender,
            "AccountSid": self._settings.twilio_account_sid,
            "ApiVersion": twilio_resource.API_VERSION,
            "ChannelPrefix": "whatsapp",
            "ChannelToAddress": recipient.removeprefix("whatsapp:")[:-4] + "XXXX",
        }
        if step.status in {"delivered", "read"}:
            fields["EventType"] = step.status.upper()
        if step.error_code is not None:
            fields["ErrorCode"] = str(step.error_code)
        return list(fields.items())

    async def _tell(self, url: str, pairs: list[tuple[str, str]]) -> None:
        headers = signed_headers(self._settings, url, pairs)
        try:
            await self._http.post(self._settings.reachable_url(url), data=dict(pairs), headers=headers)
        except httpx.HTTPError as error:
            logger.warning("status callback not delivered: %r", error)
