"""Twilio's status reports."""

import asyncio
import logging
from urllib.parse import urldefrag, urlencode

import httpx
from pydantic import BaseModel, ConfigDict, Field

from simulator.reply import WebhookCall
from simulator.settings import SimulatorSettings
from simulator.twilio import resource
from simulator.twilio.webhooks import connection
from simulator.twilio.webhooks.signature import signed_headers
from simulator.twilio.window import OUTSIDE_WINDOW
from simulator.world import ChatMessage

logger = logging.getLogger(__name__)


class StatusStep(BaseModel):
    model_config = ConfigDict(extra="forbid")

    status: str
    error_code: int | None = None
    delay_sec: float = Field(default=0.0, ge=0)


class StatusPlan(BaseModel):
    """The statuses of accepted messages, in order; a step can be repeated, misplaced or missing."""

    model_config = ConfigDict(extra="forbid")

    steps: list[StatusStep] = [StatusStep(status="sent"), StatusStep(status="delivered")]


class StatusCallbacks:
    """Moves each accepted message through the plan and posts each status to its callback URL."""

    def __init__(self, settings: SimulatorSettings, http: httpx.AsyncClient) -> None:
        self.plan = StatusPlan()
        self._settings = settings
        self._http = http
        self._running: set[asyncio.Task[None]] = set()

    def start(self, message: ChatMessage, url: str | None, failure: int | None) -> None:
        """Starts the planned statuses of a message, or the failure that is known for it."""
        status = "undelivered" if failure == OUTSIDE_WINDOW else "failed"
        steps = [StatusStep(status=status, error_code=failure)] if failure else self.plan.steps
        task = asyncio.create_task(self._run(message, url, steps))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def stop(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _run(self, message: ChatMessage, url: str | None, steps: list[StatusStep]) -> None:
        for step in steps:
            await asyncio.sleep(step.delay_sec)
            message.status, message.error_code = step.status, step.error_code
            if url:
                await self._tell(url, self._form(message, step))

    def _form(self, message: ChatMessage, step: StatusStep) -> list[tuple[str, str]]:
        sender, recipient = resource.parties(message, self._settings)
        fields = {
            "MessageSid": message.id,
            "SmsSid": message.id,
            "MessageStatus": step.status,
            "SmsStatus": step.status,
            "To": recipient,
            "From": sender,
            "AccountSid": self._settings.twilio_account_sid,
            "ApiVersion": resource.API_VERSION,
            "ChannelPrefix": "whatsapp",
            "ChannelToAddress": recipient.removeprefix("whatsapp:")[:-4] + "XXXX",
        }
        if step.status in {"delivered", "read"}:
            fields["EventType"] = step.status.upper()
        if step.error_code is not None:
            fields["ErrorCode"] = str(step.error_code)
        return list(fields.items())

    async def _tell(self, url: str, pairs: list[tuple[str, str]]) -> None:
        headers = signed_headers(self._settings, urldefrag(url).url, pairs)
        headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        body = urlencode(pairs).encode()
        call = WebhookCall(url=self._settings.reachable_url(url), headers=headers, body=body)
        last = await connection.post(self._http, call)
        if isinstance(last.outcome, httpx.HTTPError):
            logger.warning("no answer to a status report: %r", last.outcome)
