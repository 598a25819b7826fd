"""`python -m tests.chaos --seconds 90 --seed 7`."""

import argparse
import asyncio
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

from tests.chaos.plan import Plan
from tests.chaos.reconcile import reconcile
from tests.chaos.run import run
from tests.chaos.summary import summary


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos", description="Breaks everything, then compares all records."
    )
    parser.add_argument("--seconds", type=float, default=Plan.seconds, help="how long core posts and things break")
    parser.add_argument("--seed", type=int, default=None, help="by default a random one, which is printed")
    parser.add_argument("--rate", type=float, default=Plan.rate, help="candidates a second")
    parser.add_argument("--standalone", action="store_true", help="the gateway is one process, not an api and workers")
    parser.add_argument("--limited", action="store_true", help="Temporal limits calls after every other start")
    arguments = parser.parse_args()
    seed = secrets.randbelow(1_000_000) if arguments.seed is None else arguments.seed
    plan = Plan(
        seed=seed,
        seconds=arguments.seconds,
        rate=arguments.rate,
        standalone=arguments.standalone,
        limited=arguments.limited,
    )
    folder = Path(tempfile.mkdtemp(prefix="gateway-chaos-"))
    tempfile.tempdir = str(folder)
    switches = " --standalone" * plan.standalone + " --limited" * plan.limited
    options = f"--seed {seed} --seconds {plan.seconds:g} --rate {plan.rate:g}{switches}"
    print(f"Chaos run: python -m tests.chaos {options}", flush=True)
    evidence = asyncio.run(run(plan, folder))
    breaches = reconcile(evidence)
    print(summary(evidence, breaches))
    if all(breach.unavoidable for breach in breaches):
        shutil.rmtree(folder)
        return 0
    print(
        f"A promise is broken; Temporal's database, the simulator's record and all output are in {folder}",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
