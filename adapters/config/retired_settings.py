"""Variables of the service that this one replaces: what nothing reads any more, and what takes its place.

docs/migrating.md says more of each.
"""

import os
from collections.abc import Mapping

import structlog

log = structlog.get_logger()

_NO_CHAT = "owners cannot chat with an AI here; have core draft, and remove it"
_NO_POSTING = "nothing is posted from here; core posts what was approved, so move it to core"
_NO_LOOK_UP = "no brand is looked up; name its owners in each candidate or in BRANDS_FILE, and remove it"

IGNORED: Mapping[str, str] = {
    "XAI_API_KEY": _NO_CHAT,
    "XAI_MODEL": _NO_CHAT,
    "FRONTEND_BASE_URL": _NO_POSTING,
    "INTERNAL_SERVICE_SECRET": _NO_POSTING,
    "SUPABASE_URL": _NO_LOOK_UP,
    "SUPABASE_SERVICE_ROLE_KEY": _NO_LOOK_UP,
}
"""Each variable, and what to do instead."""

_SIDECAR, _SIDECARS_OWNER = "PHOTON_BASE_URL", "PHOTON_TO"
_NO_SIDECAR = f"iMessage is off without {_SIDECAR}, which has no default any more; set it, or remove this"


def ignored(variables: Mapping[str, str]) -> dict[str, str]:
    """Returns the variables that are set and ignored, each with what to do instead."""
    given = {name.upper() for name, value in variables.items() if value.strip()}
    found = {name: instead for name, instead in IGNORED.items() if name in given}
    if _SIDECARS_OWNER in given and _SIDECAR not in given:
        found[_SIDECARS_OWNER] = _NO_SIDECAR
    return found


def warn_of_ignored() -> None:
    """Logs each in a line of its own, without its value."""
    for name, instead in ignored(os.environ).items():
        log.warning("setting_ignored", variable=name, instead=instead)
