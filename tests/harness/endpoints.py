"""The api's endpoints, and whether each is public, according to docs/deployment.md."""

import re

from tests.harness.processes import REPOSITORY

_TABLE = (REPOSITORY / "docs/deployment.md").read_text(encoding="utf-8").partition("\n## Endpoints\n")[2]
_ROWS = re.findall(r"^\| (`.+`) \|[^|]+\| ([^|]+) \|$", _TABLE.partition("\n## ")[0], re.MULTILINE)

ENDPOINTS: dict[str, list[tuple[str, str]]] = {}
"""Methods and paths, by whom they are public to: yes, no, to core, to operators…"""
for _endpoints, _public in _ROWS:
    ENDPOINTS.setdefault(_public, []).extend(re.findall(r"`(GET|POST|DELETE) ([^`]+)`", _endpoints))

HIDDEN = sorted(path for public in ("no", "to operators") for _, path in ENDPOINTS[public])
PUBLIC = sorted({path for endpoints in ENDPOINTS.values() for _, path in endpoints} - {*HIDDEN})
