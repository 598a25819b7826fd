"""A stranger cannot find out whether a candidate exists, from a reply, an error or a delay."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from temporalio.client import Client, Interceptor, OutboundInterceptor

from adapters.redis.chats import RedisChats
from adapters.temporal import connection as temporal
from domain.candidate import Approver
from domain.channels import Channel
from domain.reading.owners_message import OwnersMessage
from engine.replies.replies import Replies
from tests.harness.asking import asked, asked_everywhere
from tests.harness.chats import chat_of, memories
from tests.harness.edges import twilio_posts
from tests.harness.phone import Owner
from tests.harness.replying import replies_of
from tests.harness.stack import PHOTON_SECRET, Stack, load


class TemporalCalls(Interceptor):
    """Notes each call of a client to Temporal and passes it on."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002  # the SDK's name
        return _Noting(next, self.names)


class _Noting(OutboundInterceptor):
    def __init__(self, following: OutboundInterceptor, names: list[str]) -> None:
        super().__init__(following)
        self._names = names

    async def start_workflow(self, input: Any) -> Any:  # noqa: A002  # the SDK's name
        self._names.append("start_workflow")
        return await super().start_workflow(input)

    async def describe_workflow(self, input: Any) -> Any:  # noqa: A002  # as above
        self._names.append("describe_workflow")
        return await super().describe_workflow(input)

    def list_workflows(self, input: Any) -> Any:  # noqa: A002  # as above
        self._names.append(f"list_workflows {input.limit}")
        return super().list_workflows(input)

    def fetch_workflow_history_events(self, input: Any) -> Any:  # noqa: A002  # as above
        self._names.append("fetch_workflow_history_events")
        return super().fetch_workflow_history_events(input)


def answer(response: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    """Returns an answer without the time of day."""
    return response.status_code, response.content, {**response.headers, "date": ""}


async def test_answers_to_a_stranger_are_the_same_for_an_existing_candidate_and_an_unknown_one(
    stack: Stack, owner: Owner
) -> None:
    candidate, stranger = await asked_everywhere(stack, "whatsapp", owner), Owner()
    sidecar = {"Authorization": f"Bearer {PHOTON_SECRET}"}
    answers = []

    async with httpx.AsyncClient(base_url=stack.gateway_url) as http:
        for id_ in (candidate["id"], f"{candidate['id'][:-1]}_"):
            form = [("MessageSid", f"SM{uuid4().hex}"), ("From", stranger.whatsapp), ("Body", f"approve {id_}")]
            message = {"id": uuid4().hex, "from": stranger.imessage, "text": f"approve {id_}"}
            read = await http.get(f"/candidate/{id_}")
            on_whatsapp = await twilio_posts(http, form)
            on_imessage = await http.post("/webhooks/imessage", json=message, headers=sidecar)
            assert [read.status_code, on_whatsapp.status_code, on_imessage.status_code] == [401, 200, 200]
            answers.append([answer(read), answer(on_whatsapp), answer(on_imessage)])

    existing, unknown = answers
    assert existing == unknown


@pytest.mark.parametrize("channel", list(Channel))
async def test_stranger_costs_the_same_calls_whether_a_candidate_exists_or_not(
    stack: Stack, owner: Owner, channel: Channel
) -> None:
    """Counts calls, because time itself varies."""
    candidate, calls = await asked(stack, channel, owner), TemporalCalls()
    ids = candidate["id"], f"{candidate['id'][:-1]}_"

    async with memories(stack) as chats:
        replies = await replies_noting(stack, calls, chats)
        for text in ("approve {}", "skip {}", "edit {}: Mine", "approve {}."):
            strangers = chat_of(channel, Owner()), chat_of(channel, Owner())
            for _ in ("new to the edge", "known as a stranger"):
                existing, unknown = [
                    await calls_for(replies, calls, stranger, text.format(candidate_id))
                    for stranger, candidate_id in zip(strangers, ids, strict=True)
                ]
                assert existing == unknown
                assert existing[0] == "describe_workflow"


async def replies_noting(stack: Stack, calls: TemporalCalls, chats: RedisChats) -> Replies:
    """Wires what api/app.py does, with a client that notes its calls."""
    gateway, address = load(stack.environment), stack.environment["TEMPORAL_ADDRESS"]
    client = await Client.connect(
        address, data_converter=temporal.data_converter(gateway.encryption_keys), interceptors=[calls]
    )
    return replies_of(stack, client, chats)


def message_of(sender: Approver, text: str) -> OwnersMessage:
    return OwnersMessage(
        key=f"{sender.channel}/{uuid4().hex}",
        senders=(sender,),
        text=text,
        quoted_id=None,
        may_decide=True,
        received_at=datetime.now(UTC),
    )


async def calls_for(replies: Replies, calls: TemporalCalls, sender: Approver, text: str) -> list[str]:
    calls.names.clear()
    assert await replies.take(message_of(sender, text)) is None
    return list(calls.names)
