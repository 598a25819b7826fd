"""An edge with a wrong clock: `python -m tests.harness.skewed_api SECONDS`.

The clock is ahead by this many seconds; a negative number means behind.
"""

import sys
from datetime import datetime, timedelta

import uvicorn

from adapters import logs
from adapters.config import settings
from adapters.tracing.tracing import Untraced
from api.app import create_app
from engine.clock import own_clock


def main(ahead: timedelta) -> None:
    def wrong_clock() -> datetime:
        return own_clock() + ahead

    loaded = settings.load()
    logs.configure(loaded.log_format)
    app = create_app(loaded, Untraced(), wrong_clock)
    uvicorn.run(app, host="127.0.0.1", port=loaded.port, log_config=None, access_log=False)


if __name__ == "__main__":
    main(timedelta(seconds=float(sys.argv[1])))
