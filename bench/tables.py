"""Lays the figures out as tables for people."""

from collections.abc import Iterable, Mapping, Sequence

from bench.figures import Contender
from bench.parts.flow import FlowFigures
from bench.parts.histories import History
from bench.parts.scaling import Scaled
from bench.spread import Spread
from bench.targets import FigureTarget

_PROCESSES = ("client", "api", "worker", "temporal", "redis", "simulator")


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Returns a table with its first column aligned to the left and the others to the right."""
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    aligned = [
        "  ".join(cell.rjust(width) if column else cell.ljust(width) for column, (cell, width) in enumerate(cells))
        for cells in (list(zip(line, widths, strict=True)) for line in lines)
    ]
    return "\n".join(["", title, *(f"  {line.rstrip()}" for line in aligned)])


def flow(figures: FlowFigures, rate: float) -> str:
    contenders = figures.contenders.items()
    latencies = [(name, *map(_ms, (c.accept, c.prompt, c.decision))) for name, c in contenders]
    concurrencies = [*next(iter(figures.contenders.values())).rounds]
    swept: dict[float, list[str]] = {offered: [] for offered, _ in next(iter(figures.sweep.values()))}
    for points in figures.sweep.values():
        for offered, came in points:
            swept[offered].append(f"{came:.1f}")
    return "\n".join(
        [
            table(
                "Candidates a second, by how many are at work at once (medians of the rounds)",
                ["", *map(str, concurrencies)],
                [(name, *(f"{c.per_second(number):.1f}" for number in concurrencies)) for name, c in contenders],
            ),
            table(
                f"CPU for one candidate in ms, {max(concurrencies)} at work at once (medians of the rounds)",
                ["", *_PROCESSES],
                [(name, *(_cpu(c, process) for process in _PROCESSES)) for name, c in contenders],
            ),
            table(
                f"Latencies at {rate:g} candidates a second, in ms: p50 p95 p99",
                ["", "accept", "accept → prompt", "reply → core"],
                latencies,
            ),
            table(
                "Acceptance, one at a time, in ms: p50 p95 p99",
                ["", ""],
                [
                    ("a bare start", _ms(figures.bare_start)),
                    ("POST /candidate", _ms(figures.acceptance)),
                    ("POST /candidate, 10 a second", _ms(figures.accept_at_ten)),
                ],
            ),
            table(
                "Candidates a second completed, by candidates a second offered",
                ["offered", *figures.sweep],
                [(f"{offered:g}", *came) for offered, came in swept.items()],
            ),
            table("Memory at the end, in MiB", ["", *_PROCESSES[1:]], [(n, *_memory(c)) for n, c in contenders]),
        ]
    )


def histories(counted: Mapping[str, History]) -> str:
    return table(
        "What one candidate costs its engine",
        ["", "events", "state transitions", "Cloud actions"],
        [(name, str(of.events), str(of.transitions), str(of.actions)) for name, of in counted.items()],
    )


def scaling(scaled: Sequence[Scaled]) -> str:
    return table(
        "Several workers and apis on this machine",
        ["workers and apis", "candidates a second", "each worker's share of the tasks"],
        [(str(s.workers), f"{s.per_second:.1f}", " ".join(f"{share:.0%}" for share in s.shares)) for s in scaled],
    )


def targets(judged: Iterable[FigureTarget]) -> str:
    return table(
        "Targets",
        ["", "measured", "", "met"],
        [
            (
                t.name,
                f"{t.value:.2f}",
                f"{'at most' if t.at_most else 'at least'} {t.bound:g}",
                "yes" if t.holds else "NO",
            )
            for t in judged
        ],
    )


def _ms(spread: Spread) -> str:
    return " ".join(f"{1000 * seconds:6.1f}" for seconds in (spread.p50, spread.p95, spread.p99))


def _cpu(contender: Contender, process: str) -> str:
    return f"{contender.cpu_ms(process):.1f}" if process in contender.full[0].cpu_ms else ""


def _memory(contender: Contender) -> list[str]:
    memory = contender.memory_mib
    return [f"{memory[process]:.0f}" if process in memory else "" for process in _PROCESSES[1:]]
