"""`python -m worker`."""

import asyncio
import signal

from adapters import logs, settings, temporal
from worker.app import run


async def _main() -> None:
    loaded = settings.load()
    logs.configure()
    stop = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
    await run(loaded, stop)


asyncio.run(_main())
temporal.leave()
