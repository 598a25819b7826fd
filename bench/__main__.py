"""`python -m bench`: measures what the gateway adds to its engine's cost (docs/performance.md).

Writes dist/bench/figures.json and, if the flow is among the parts, plots in the same folder.
"""

import argparse
import json
import platform
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvloop

from bench import plots, tables, targets
from bench.driving.stage import running_stage
from bench.parts import flow, histories, noisy, scaling, slots, standalone, waiting, waits
from bench.targets import FigureTarget

OUTPUT = Path("dist/bench")


@dataclass(frozen=True)
class Measured:
    """The result of a part: its figures, its tables, and the targets that it is judged by."""

    figures: Any
    tables: str
    judged: list[FigureTarget]


Part = Callable[[argparse.Namespace], Awaitable[Measured]]


async def _flow(given: argparse.Namespace) -> Measured:
    size = flow.FlowSize(
        warm_up=given.warm_up,
        rounds=given.rounds,
        candidates=given.candidates,
        concurrency=given.concurrency,
        rate=given.rate,
        rate_sec=given.seconds,
        sweep=[given.rate * step for step in range(1, given.steps + 1)],
        sweep_sec=given.seconds / 3,
        acceptances=given.candidates,
    )
    async with running_stage() as stage:
        figures = await flow.measure(stage, size)
    plots.draw(figures, given.rate, OUTPUT)
    return Measured(figures, tables.flow(figures, given.rate), [*targets.of_flow(figures)])


async def _histories(_: argparse.Namespace) -> Measured:
    counted = await histories.measure()
    return Measured(counted, tables.histories(counted), [*targets.of_histories(counted)])


async def _slots(_: argparse.Namespace) -> Measured:
    figures = await slots.measure()
    return Measured(figures, slots.table(figures), [*targets.of_slots(figures)])


async def _noisy(given: argparse.Namespace) -> Measured:
    figures = await noisy.measure(given.noisy)
    return Measured(figures, noisy.table(figures), [*targets.of_noisy(figures)])


async def _scaling(given: argparse.Namespace) -> Measured:
    scaled = await scaling.measure(4 * given.candidates)
    return Measured(scaled, tables.scaling(scaled), [*targets.of_scaling(scaled)])


async def _waiting(given: argparse.Namespace) -> Measured:
    figures = await waiting.measure(given.waiting, given.deadlines)
    return Measured(figures, waiting.table(figures), [*targets.of_waiting(figures)])


async def _waits(given: argparse.Namespace) -> Measured:
    figures = await waits.measure(given.waits, given.for_each)
    return Measured(figures, waits.table(figures), [])


async def _standalone(given: argparse.Namespace) -> Measured:
    figures = await standalone.measure(
        standalone.StandaloneSize(given.rounds, given.candidates, given.rate, given.seconds, given.warm_up)
    )
    return Measured(figures, standalone.table(figures), [])


PARTS: dict[str, Part] = {
    "flow": _flow,
    "histories": _histories,
    "slots": _slots,
    "scaling": _scaling,
    "noisy": _noisy,
    "waiting": _waiting,
    "waits": _waits,
    "standalone": _standalone,
}


async def main(arguments: list[str]) -> int:
    given = _parser().parse_args(arguments)
    machine = f"{platform.machine()}, {_processor()}, Python {platform.python_version()}"
    measured: dict[str, Measured] = {}
    for name in given.parts or PARTS:
        print(f"Measuring: {name}", file=sys.stderr, flush=True)
        measured[name] = await PARTS[name](given)
        print(measured[name].tables, flush=True)
        _keep(machine, given, measured)
    print(tables.targets(_judged(measured)))
    print(f"\n{machine}. Figures{' and plots' if 'flow' in measured else ''} are in {OUTPUT}.")
    return 0


def _judged(measured: Mapping[str, Measured]) -> list[FigureTarget]:
    return [target for one in measured.values() for target in one.judged]


def _keep(machine: str, given: argparse.Namespace, measured: Mapping[str, Measured]) -> None:
    """Writes the results so far, so that a part that fails does not lose them."""
    content = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine,
        "parameters": vars(given),
        "figures": {name: _plain(one.figures) for name, one in measured.items()},
        "targets": [{**asdict(target), "holds": target.holds} for target in _judged(measured)],
    }
    OUTPUT.mkdir(parents=True, exist_ok=True)
    (OUTPUT / "figures.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Measure what the gateway adds to its engine's cost"
    )
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=[], help="all by default, in this order")
    usual = {one.name: one.default for one in fields(flow.FlowSize)}
    options: dict[str, tuple[type, Any, str]] = {
        "warm-up": (int, usual["warm_up"], "candidates of each contender before the flow is measured"),
        "rounds": (int, usual["rounds"], "rounds of the flow; each contender has a turn in each"),
        "candidates": (int, usual["candidates"], "candidates in each turn"),
        "rate": (float, usual["rate"], "candidates a second for the latencies"),
        "seconds": (float, usual["rate_sec"], "seconds of candidates at that rate"),
        "steps": (int, 8, "steps by which that rate is raised to see how many complete"),
        "noisy": (int, 1000, "candidates of the noisy brand"),
        "waiting": (int, 10_000, "candidates that wait at once; up to 100000"),
        "deadlines": (int, 1000, "deadlines on one second"),
        "for-each": (int, 10, "requests that wait for one candidate"),
    }
    few_and_many = usual["concurrency"]
    parser.add_argument(
        "--concurrency",
        type=int,
        nargs="+",
        default=few_and_many,
        help=f"candidates at work at once {few_and_many}",
    )
    parser.add_argument(
        "--waits", type=int, nargs="+", default=[200, 2000], help="requests that wait at once, up to 2000 (200 2000)"
    )
    for name, (kind, default, explanation) in options.items():
        parser.add_argument(f"--{name}", type=kind, default=default, help=f"{explanation} ({default})")
    return parser


def _plain(figures: Any) -> Any:
    """Returns what JSON can contain, without the samples, of which there are thousands."""
    if is_dataclass(figures) and not isinstance(figures, type):
        return {one.name: _plain(getattr(figures, one.name)) for one in fields(figures) if one.name != "samples"}
    if isinstance(figures, dict):
        return {str(key): _plain(value) for key, value in figures.items()}
    return [_plain(one) for one in figures] if isinstance(figures, list | tuple) else figures


def _processor() -> str:
    names: Iterator[str] = (
        line.partition(": ")[2] for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line
    )
    cores = list(names)
    return f"{len(cores)} cores of {cores[0]}" if cores else "an unknown processor"


if __name__ == "__main__":
    sys.exit(uvloop.run(main(sys.argv[1:])))
