"""The first lines of `make dev`: what to open, and what to run next."""

import shlex
from collections.abc import Mapping
from pathlib import Path

from tools.candidates import views


def welcome(ports: Mapping[str, int], core_secret: str, file: Path) -> str:
    """Names each page, core's header and the next command; `core_secret` is printed as it is."""
    gateway, ui = (f"http://localhost:{ports[name]}" for name in ("PORT", "TEMPORAL_UI_PORT"))
    sourced = f". {_sourceable(file)}"
    return f"""
  The gateway is starting; worker and api report below when they have started.
  Ctrl-C stops everything.

    Owner's phone   http://localhost:{ports["SIMULATOR_PORT"]}
    API's pages     {gateway}/docs
    Temporal UI     {views.link(ui, "default", views.EVERYTHING)}
    Core's header   Authorization: Bearer {core_secret}
    Run next        {sourced} && python tools/seed_candidate.py --count 3

  Run it in a second terminal. There, `make doctor`, `python -m tools.candidates list` and every
  other documented command run as written; run the tests in a terminal without these settings.
  Metrics: {gateway}/metrics, http://localhost:{ports["METRICS_PORT"]}/metrics
  Columns and views for Temporal's UI: python -m tools.candidates views {ui}
"""


def _sourceable(file: Path) -> str:
    """Returns a path that `.` takes for a file, not for a name to look up in PATH."""
    return shlex.quote(str(file) if len(file.parts) > 1 else f"./{file}")
