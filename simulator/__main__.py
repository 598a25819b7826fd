"""`python -m simulator`: the outside world on one port."""

import argparse
import asyncio
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from simulator.app import create_app
from simulator.settings import Settings


class DroppableProtocol(H11Protocol):
    """Hands each request its connection, which a fault may close without an answer."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as its parent
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}

    def shutdown(self) -> None:
        """Leave whoever still waits without an answer: a fault may hang for ever."""
        self.transport.abort()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m simulator", description="Twilio, iMessage, core and a phone.")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--gateway", default="http://localhost:8080", help="base URL of the approval gateway")
    parser.add_argument("--data", type=Path, help="folder that keeps messages and decisions over a restart")
    arguments = parser.parse_args()
    settings = Settings(gateway=arguments.gateway, data=arguments.data)
    uvicorn.run(
        create_app(settings),
        host="127.0.0.1",
        port=arguments.port,
        http=DroppableProtocol,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
