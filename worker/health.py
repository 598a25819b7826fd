"""`python -m worker.health`: exits with 0 if this machine's worker has polled, otherwise 1.

It stays 0 if Temporal is away later, because a restart would not help
(docs/decisions/0042-ready-once.md). A worker without METRICS_PORT cannot be asked, so the exit code
is 0.
"""

import os
import sys
from urllib.request import ProxyHandler, build_opener

_PATIENCE_SEC = 4


def has_polled(port: str) -> bool:
    """Returns whether this machine's worker is ready; ignores any proxy settings."""
    direct = build_opener(ProxyHandler({}))
    try:
        with direct.open(f"http://localhost:{port}/readyz", timeout=_PATIENCE_SEC):
            return True
    except OSError:
        return False


if __name__ == "__main__":
    asked = os.environ.get("METRICS_PORT", "").strip()
    sys.exit(0 if not asked or has_polled(asked) else 1)
