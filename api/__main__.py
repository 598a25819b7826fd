"""`python -m api`."""

import os
import sys

import uvicorn

from adapters import logs, settings
from api.app import create_app

_GRACE_SEC = 20

loaded = settings.load()
logs.configure()
uvicorn.run(
    create_app(loaded),
    host="0.0.0.0",  # noqa: S104  # a container's port is reached from outside
    port=loaded.port,
    log_config=None,
    access_log=False,
    timeout_graceful_shutdown=_GRACE_SEC,
)
sys.stdout.flush()
# The SDK's threads may crash an interpreter that is on its way out (temporalio/sdk-python#300).
os._exit(0)
