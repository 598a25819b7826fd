"""`python -m api`."""

import uvicorn

from adapters import logs, settings, temporal, tracing
from api.app import create_app
from api.bounded_heads import BoundedHeads
from domain.errors import EngineMisconfiguredError

_GRACE_SEC = 20
_KEEP_ALIVE_SEC = 75
"""Longer than proxies and load balancers keep a connection that is idle (60 s): else one could send a request into a
connection that is just being closed, and would have no answer to pass on."""

loaded = settings.load()
try:
    temporal.configuration()
except EngineMisconfiguredError as error:  # within uvicorn, it would be a traceback
    temporal.refuse(error)
logs.configure(tracing.log_fields())
uvicorn.run(
    create_app(loaded, tracing.start("api")),
    host="0.0.0.0",  # noqa: S104  # a container's port is reached from outside
    port=loaded.port,
    http=BoundedHeads,
    log_config=None,
    access_log=False,
    timeout_graceful_shutdown=_GRACE_SEC,
    timeout_keep_alive=_KEEP_ALIVE_SEC,
)
temporal.leave()
