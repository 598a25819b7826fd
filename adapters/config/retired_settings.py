"""The predecessor's variables that nothing reads any more, and what to do instead.

docs/migrating.md explains each.
"""

import os
from collections.abc import Mapping

import structlog

log = structlog.get_logger()

_NO_CHAT = "owners cannot chat with an AI here; let core write the drafts, and remove this variable"
_NO_POSTING = "the gateway posts nothing; core posts approved drafts, so move this variable to core"
_NO_LOOK_UP = "brands are not looked up; name owners in each candidate or in BRANDS_FILE, and remove this variable"

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
_NO_SIDECAR = f"iMessage is off without {_SIDECAR}, which no longer has a default; set it, or remove this variable"


def ignored(variables: Mapping[str, str]) -> dict[str, str]:
    """Returns the variables that are set and ignored, each with what to do instead."""
    given = {name.upper() for name, value in variables.items() if value.strip()}
    found = {name: instead for name, instead in IGNORED.items() if name in given}
    if _SIDECARS_OWNER in given and _SIDECAR not in given:
        found[_SIDECARS_OWNER] = _NO_SIDECAR
    return found


def warn_of_ignored() -> None:
    """Logs one line per variable, without its value."""
    for name, instead in ignored(os.environ).items():
        log.warning("setting_ignored", variable=name, instead=instead)
