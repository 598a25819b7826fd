"""Draws the figures."""

from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt

from bench.parts.flow import FlowFigures

mpl.use("svg")


def draw(figures: FlowFigures, rate: float, folder: Path) -> None:
    """Writes latency.svg and throughput.svg.

    The first shows the share of candidates by latency, the second the completed candidates by those
    offered.
    """
    folder.mkdir(parents=True, exist_ok=True)
    mpl.rcParams["svg.hashsalt"] = "bench"  # the same figures result in the same file
    plots, axes = plt.subplots(1, 3, figsize=(12, 3.5), sharey=True, layout="constrained")
    for axis, (what, title) in zip(axes, _LATENCIES.items(), strict=True):
        for name, contender in figures.contenders.items():
            ordered = sorted(1000 * seconds for seconds in contender.samples[what])
            axis.plot(ordered, [(place + 1) / len(ordered) for place in range(len(ordered))], label=name)
        axis.set(title=f"{title}, ms, at {rate:g}/s", xlim=(0, None), ylim=(0, 1))
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("share of candidates")
    axes[-1].legend(loc="lower right")
    plots.savefig(folder / "latency.svg", metadata={"Date": None})
    plt.close(plots)

    plot, axis = plt.subplots(figsize=(5, 4), layout="constrained")
    for name, points in figures.sweep.items():
        axis.plot([offered for offered, _ in points], [came for _, came in points], marker="o", label=name)
    axis.axline((0, 0), slope=1, color="0.8", zorder=0)
    axis.set(xlabel="candidates a second offered", ylabel="candidates a second completed", xlim=(0, None))
    axis.grid(alpha=0.3)
    axis.legend()
    plot.savefig(folder / "throughput.svg", metadata={"Date": None})
    plt.close(plot)


_LATENCIES = {"accept": "accept", "prompt": "accept → prompt", "decision": "reply → core"}
