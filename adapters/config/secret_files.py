"""Variables from files, as Docker, Kubernetes and secret stores mount them: one file in SECRETS_DIR for each."""

import errno
import os
from collections.abc import Iterable
from pathlib import Path


def variables(names: Iterable[str]) -> dict[str, str]:
    """Returns those of these variables that are not set, and that a file of their name, or of it in lower case, holds.

    An empty file counts as absent, as an empty variable does. A folder or file that cannot be read, also for not being
    UTF-8, raises OSError.
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
