"""`python -m bench.floor.worker floor|textbook PORT`: the worker of the floor or the textbook.

It notifies 127.0.0.1:PORT. The floor's worker has the options of the gateway's (worker/tuning.py),
the textbook's the SDK's defaults. Both use the event loop of Python and the sandbox and converters
of the SDK.
"""

import argparse
import asyncio

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig
from temporalio.worker import Worker

from bench.floor.activities import FloorActivities
from bench.floor.workflows import FloorWorkflow, TextbookWorkflow
from worker.tuning import TUNING


async def main() -> None:
    parser = argparse.ArgumentParser(description="Run the worker of the floor or the textbook")
    parser.add_argument("role", choices=["floor", "textbook"])
    parser.add_argument("port", type=int)
    given = parser.parse_args()
    activities = FloorActivities(given.port)
    listed = [activities.take_slot, activities.send_prompt, activities.deliver_decision]
    configured = ClientConfig.load_client_connect_config()
    if given.role == "floor":
        client = await Client.connect(**configured, data_converter=pydantic_data_converter)
        worker = Worker(client, task_queue="floor", workflows=[FloorWorkflow], activities=listed, **TUNING)
    else:
        client = await Client.connect(**configured)
        worker = Worker(client, task_queue="textbook", workflows=[TextbookWorkflow], activities=listed)
    async with worker:
        print("ready", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
