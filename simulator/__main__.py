"""`python -m simulator`: serves the outside world on one port."""

import argparse
import asyncio
from pathlib import Path
from urllib.parse import urldefrag

import uvicorn
from pydantic import ValidationError
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from simulator.app import create_app
from simulator.settings import SimulatorSettings
from simulator.twilio.content import PostedContent


class DroppableProtocol(HttpToolsProtocol):
    """Passes each request its connection, so that a fault can close it without an answer."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as its parent
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}

    def shutdown(self) -> None:
        """Closes the connection at once: a request under a fault might never end."""
        self.transport.abort()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m simulator", description="Twilio, iMessage, core and a phone.")
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to listen on (default: %(default)s); in a container 0.0.0.0; there is no authentication",
    )
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument(
        "--gateway",
        default="http://localhost:8080",
        help="base URL of the gateway; a fragment such as #rc=3&rp=5xx,ct,rt sets how its webhook is retried",
    )
    parser.add_argument("--data", type=Path, help="folder in which messages and decisions survive a restart")
    for option, what in {"content": "a content", "template": "a content that WhatsApp has approved"}.items():
        parser.add_argument(
            f"--{option}",
            type=Path,
            action="append",
            default=[],
            help=f"file with {what}, in the form that Twilio expects; repeatable",
        )
    arguments = parser.parse_args()
    contents, templates = ([_read(f, parser) for f in files] for files in (arguments.content, arguments.template))
    for content in [*contents, *templates]:
        print(f"ContentSid of {content.friendly_name}: {content.sid}", flush=True)  # noqa: T201  a command prints
    gateway, fragment = urldefrag(arguments.gateway)
    overrides = {"webhook_overrides": fragment} if fragment else {}  # otherwise WEBHOOK_OVERRIDES counts
    uvicorn.run(
        create_app(SimulatorSettings(gateway=gateway, data=arguments.data, **overrides), contents, templates),
        host=arguments.host,
        port=arguments.port,
        http=DroppableProtocol,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
        timeout_keep_alive=75,  # at uvicorn's 5 s, an idle client might ask just as its connection closes
    )


def _read(file: Path, parser: argparse.ArgumentParser) -> PostedContent:
    try:
        return PostedContent.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
