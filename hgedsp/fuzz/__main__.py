"""Attack the compiler with random graphs: ``python -m hgedsp.fuzz``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from hgedsp.fuzz.attack import attack, plan
from hgedsp.fuzz.campaign import campaign, work
from hgedsp.fuzz.reduce import reduced


def main() -> int:
    """Run; return 0 if no fault was found, else 1."""
    parser = argparse.ArgumentParser(prog="python -m hgedsp.fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, help="one graph, with all that is known about it")
    parser.add_argument("--only", type=int, help="with this of its wires as the only output")
    parser.add_argument("--graphs", type=int, default=1000, help="number of graphs (1000)")
    parser.add_argument("--first", type=int, default=0, help="seed of the first one (0)")
    parser.add_argument("--workers", type=int, default=2, help="processes at the same time (2)")
    parser.add_argument("--log", type=Path, help="file to resume from, unless the code changed")
    parser.add_argument("--batch", type=int, nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.batch:
        work(*chosen.batch)
        return 0
    if chosen.seed is not None:
        return one(chosen.seed, chosen.only)
    try:
        faults = campaign(chosen.first, chosen.graphs, chosen.workers, chosen.log)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    print(f"{chosen.graphs} graphs from seed {chosen.first} on: {faults or 'no'} faults")
    return 1 if faults else 0


def one(seed: int, only: int | None) -> int:
    """Attack with one seed, and look for a smaller graph that shows the same."""
    ride = plan(seed, only)
    print(ride.graph.describe())
    try:
        attack(ride)
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
        smaller = reduced(seed) if only is None else None
        if smaller is not None:
            print(f"a smaller one: python -m hgedsp.fuzz --seed {seed} --only {smaller}")
        return 1
    print(f"seed {seed}: no fault")
    return 0


if __name__ == "__main__":
    sys.exit(main())
