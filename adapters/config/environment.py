"""Cleans up the environment variables before anything reads them: one rule for every setting.

White space and line breaks around a value are removed, and a blank variable counts as absent.
Quotes around a value are rejected, because some readers of env files keep them and others remove
them.
"""

import os
from collections.abc import Iterable

_OTHERS = ("TEMPORAL_", "OTEL_")
"""Prefixes of the settings that Temporal's SDK and OpenTelemetry read themselves."""
_NAMED = {"SECRETS_DIR", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"}
_QUOTES = "\"'`"

QUOTED = "is in quotes, which would be part of the value; remove them"


def tidy(names: Iterable[str]) -> None:
    """Strips these variables and those that libraries read, and removes blank ones."""
    ours = {*names, *_NAMED}
    for name, value in list(os.environ.items()):
        if name.upper() not in ours and not _is_a_librarys(name):
            continue
        if cut := value.strip():
            os.environ[name] = cut
        else:
            del os.environ[name]


def quoted() -> list[str]:
    """Returns the names of the libraries' variables whose values are in quotes."""
    return sorted(name for name, value in os.environ.items() if _is_a_librarys(name) and is_quoted(value))


def is_quoted(value: str) -> bool:
    """Returns whether a value, or one of a list, begins and ends with the same quote."""
    return any(
        part[:1] in _QUOTES and part[:1] == part[-1:] for part in map(str.strip, [value, *value.split(",")]) if part
    )


def _is_a_librarys(name: str) -> bool:
    return name.startswith(_OTHERS)
