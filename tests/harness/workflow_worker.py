"""A worker that takes workflow tasks only, so that activity tasks wait."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.worker import Worker

from activities.slots import SlotActivities
from adapters.config.brands import Brands
from adapters.redis import connection as redis_connection
from adapters.redis.slots import RedisSlots
from domain.identifiers import TASK_QUEUE
from tests.harness.stack import Stack, load
from worker.app import WORKFLOWS
from worker.sandbox import sandbox


@asynccontextmanager
async def workflow_worker(stack: Stack) -> AsyncIterator[None]:
    """Runs workflows and their local activities, which ask for slots."""
    settings = load(stack.environment)
    redis = redis_connection.connect(settings.redis_url.get_secret_value())
    slots = SlotActivities(RedisSlots(redis, Brands(None, settings.globals)))
    worker = Worker(
        stack.client,
        task_queue=TASK_QUEUE,
        workflows=WORKFLOWS,
        activities=[slots.ask_for_slot, slots.leave_queue],
        workflow_runner=sandbox(),
        no_remote_activities=True,
    )
    async with worker:
        yield
    await redis.aclose()
