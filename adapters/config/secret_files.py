"""Reads variables from files in SECRETS_DIR, one per file.

Docker, Kubernetes and secret stores mount secrets this way.
"""

import errno
import os
from collections.abc import Iterable
from pathlib import Path


def variables(names: Iterable[str]) -> dict[str, str]:
    """Returns the unset variables that have a file of their name, in either case.

    An empty file counts as absent, like an empty variable. Raises OSError if the folder or a file
    cannot be read, or is not UTF-8.
    """
    if not (folder := os.environ.get("SECRETS_DIR", "").strip()):
        return {}
    files = {path.name: path for path in Path(folder).iterdir()}
    named = {name: files.get(name) or files.get(name.lower()) for name in names if not os.environ.get(name, "").strip()}
    texts = {name: _text(path) for name, path in named.items() if path}
    return {name: text for name, text in texts.items() if text}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError:
        raise OSError(errno.EILSEQ, "is not UTF-8", str(path)) from None
