"""The end of a process that used Temporal's SDK."""

import os
import sys
from typing import NoReturn


def leave(code: int = 0) -> NoReturn:
    """Exit at once: the SDK's threads may crash an interpreter that is on its way out (temporalio/sdk-python#300)."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
