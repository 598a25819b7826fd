"""The brands file of a running gateway, as an operator changes it."""

import os
import time
from pathlib import Path

_SETTLED_SEC = 2


class BrandsFile:
    def __init__(self, path: str) -> None:
        self._path = Path(path)

    def becomes(self, content: str) -> None:
        """Replace it by one that was written a while ago, as a mounted ConfigMap is."""
        new = self._path.with_suffix(".new")
        new.write_text(content, encoding="utf-8")
        written = time.time_ns() - _SETTLED_SEC * 10**9
        os.utime(new, ns=(written, written))
        new.replace(self._path)
