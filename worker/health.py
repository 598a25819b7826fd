"""`python -m worker.health`: the exit code is 0 if the worker on this machine has served since its start, else 1.

It stays 0 while Temporal is away later: a restart would not help (docs/decisions/0014-health-checks-of-platforms.md).
A worker without METRICS_PORT cannot be asked.
"""

import os
import sys
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from domain.worker_metrics import DECISIONS

_PATIENCE_SEC = 4


def has_served(port: str) -> bool:
    """Whether it shows a metric of ours: it shows none before Temporal serves its namespace."""
    direct = build_opener(ProxyHandler({}))
    try:
        with direct.open(f"http://localhost:{port}/metrics", timeout=_PATIENCE_SEC) as answer:
            return DECISIONS.name.encode() in answer.read()
    except (URLError, OSError):
        return False


if __name__ == "__main__":
    asked = os.environ.get("METRICS_PORT", "").strip()
    sys.exit(0 if not asked or has_served(asked) else 1)
