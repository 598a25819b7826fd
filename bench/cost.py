"""Reads what processes cost: CPU and memory, as Linux counts them."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def cpu_sec(groups: Iterable[int]) -> float:
    """Returns the user and system time so far of all processes in these groups."""
    return sum(int(stat[11]) + int(stat[12]) for stat in _stats(groups)) / _TICKS


def memory_mib(groups: Iterable[int]) -> float:
    """Returns the resident memory now; shared pages count for each process."""
    return sum(int(stat[21]) for stat in _stats(groups)) * _PAGE / 2**20


def _stats(groups: Iterable[int]) -> list[list[str]]:
    """Returns the fields of proc(5), from the state on."""
    wanted = {str(group) for group in groups}
    stats = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # the process has ended meanwhile
            stats.append(path.read_text().rpartition(") ")[2].split())
    return [stat for stat in stats if stat[2] in wanted]
