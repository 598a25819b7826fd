"""The benchmark on a small scale: it measures what it claims; no figure of it is judged."""

import argparse
import json
from pathlib import Path

import pytest

from bench.__main__ import OUTPUT, PARTS, Measured, main
from bench.parts import histories, scaling
from bench.parts.flow import FLOOR, GATEWAY, GATEWAY_SLOW, TEXTBOOK
from bench.parts.histories import APPROVED

CONTENDERS = {FLOOR, TEXTBOOK, GATEWAY, GATEWAY_SLOW}
SMALL = (
    "--warm-up=3",
    "--rounds=2",
    "--candidates=4",
    "--concurrency",
    "1",
    "3",
    "--rate=4",
    "--seconds=1.5",
    "--steps=1",
)


@pytest.mark.timeout(240)
async def test_benchmark_of_the_flow_prints_a_table_judges_each_target_and_keeps_figures_and_plots(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    output = tmp_path / OUTPUT

    assert await main(["flow", *SMALL]) == 0

    printed = capsys.readouterr().out
    kept = json.loads((output / "figures.json").read_text(encoding="utf-8"))
    contenders = kept["figures"]["flow"]["contenders"]
    assert contenders.keys() == CONTENDERS
    for contender in contenders.values():
        assert {at_work: len(rounds) for at_work, rounds in contender["rounds"].items()} == {"1": 2, "3": 2}
        for latency in ("accept", "prompt", "decision"):
            assert contender[latency]["p50"] > 0
    slow, fast = (contenders[name]["prompt"]["p50"] for name in (GATEWAY_SLOW, GATEWAY))
    assert slow >= 0.15
    assert slow - fast > 0.05, "the provider takes 0.15 s more"
    assert len(kept["targets"]) == 8
    for target in kept["targets"]:
        assert target["name"] in printed
    assert {file.name for file in output.iterdir()} == {"figures.json", "latency.svg", "throughput.svg"}


@pytest.mark.parametrize("arguments", [[], ["flow", "slots"], ["--waiting", "100000"]])
async def test_parts_are_named_or_all(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def measured(_: argparse.Namespace) -> Measured:
        return Measured({}, "a table", [])

    monkeypatch.chdir(tmp_path)
    for name in PARTS:
        monkeypatch.setitem(PARTS, name, measured)

    assert await main(arguments) == 0

    named = {argument for argument in arguments if argument in PARTS}
    kept = json.loads((tmp_path / OUTPUT / "figures.json").read_text(encoding="utf-8"))
    assert kept["figures"].keys() == (named or PARTS.keys())
    assert capsys.readouterr().out.count("a table") == len(kept["figures"])


async def test_candidate_costs_what_the_design_needs() -> None:
    """The budget is for one channel with a free slot; the floor needs as many transitions."""
    counted = await histories.measure()

    assert (counted[APPROVED].events, counted[APPROVED].actions) == (27, 8)
    assert counted[APPROVED].transitions == counted[FLOOR].transitions == 12
    assert counted["… and Twilio reports sent and delivered"].events == 27
    assert counted["… and a wait for the slot"].actions == 10
    with_buttons = counted["approved on WhatsApp, with buttons in the prompt"]
    assert (with_buttons.events, with_buttons.actions) == (27, 8)


@pytest.mark.timeout(180)
async def test_two_workers_and_two_apis_share_the_work() -> None:
    (scaled,) = await scaling.measure(40, sizes=[2], concurrency=10)

    assert len(scaled.shares) == 2
    assert sum(scaled.shares) == pytest.approx(1)
    assert min(scaled.shares) > 0.1, "both took part"
