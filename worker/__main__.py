"""`python -m worker`."""

import asyncio
import os
import signal
import sys

from adapters import logs, settings
from worker.app import run


async def _main() -> None:
    loaded = settings.load()
    logs.configure()
    stop = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
    await run(loaded, stop)


asyncio.run(_main())
sys.stdout.flush()
# The SDK's threads may crash an interpreter that is on its way out (temporalio/sdk-python#300).
os._exit(0)
