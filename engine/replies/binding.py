"""Binds what a message means to its id, once, by a ReplyWorkflow; a redelivery gets the same."""

from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from domain import identifiers
from domain.reading.owners_message import OwnersMessage
from engine.calls import engine_call
from engine.replies.topics import topic, while_open
from engine.replies.understanding import Understanding
from workflows.reply import BoundReply, ReplyWorkflow


class Bindings:
    def __init__(self, client: Client) -> None:
        self._client = client

    async def bind(self, message: OwnersMessage, understanding: Understanding) -> Understanding:
        """Binds the understanding to the message durably; returns what was bound first."""
        sends_itself = not message.channel.traits.answers_in_response and understanding.verdict is None
        messages = understanding.messages if sends_itself else ()
        reply = BoundReply(
            message.key,
            understanding.sender,
            answer=next(iter(messages), None),
            subject=understanding.subject,
            more=messages[1:],
            topic=topic(message, understanding) if messages else None,
            while_open=while_open(understanding) if messages else None,
        )
        try:
            async with engine_call():
                await self._client.start_workflow(
                    ReplyWorkflow.run,
                    reply,
                    id=identifiers.reply_workflow_id(message.key),
                    task_queue=identifiers.TASK_QUEUE,
                    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                    memo={identifiers.MEMO_UNDERSTANDING: understanding},
                    static_summary=f"{message.channel.label}, about {understanding.candidate_id or 'no candidate'}",
                )
        except WorkflowAlreadyStartedError:
            return await self.bound(message.key) or understanding
        return understanding

    async def bound(self, message_key: str) -> Understanding | None:
        """Returns what was bound to a message; None if nothing was."""
        try:
            async with engine_call():
                handle = self._client.get_workflow_handle(identifiers.reply_workflow_id(message_key))
                description = await handle.describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise
        first: Understanding = await description.memo_value(identifiers.MEMO_UNDERSTANDING, type_hint=Understanding)
        return first
