"""The packages that the locks pin."""

import re

from tests.harness.processes import REPOSITORY

PIN = re.compile(r"^([a-z0-9.-]+)==(\S+?)(?: ;.*?)? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE)


def pins(lock: str) -> dict[str, str]:
    """Returns the version of each package."""
    return {name: version for name, version, _ in PIN.findall((REPOSITORY / lock).read_text(encoding="utf-8"))}
