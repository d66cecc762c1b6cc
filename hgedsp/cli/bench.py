"""``hgedsp bench``: speed beside what people would write instead."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from tqdm import tqdm

from hgedsp.benchmarks.effort import Effort
from hgedsp.benchmarks.picture import draw
from hgedsp.benchmarks.report import as_json, as_markdown, as_text
from hgedsp.benchmarks.suite import WORKLOADS, run_suite
from hgedsp.benchmarks.timing import Result
from hgedsp.checks import require_integer
from hgedsp.cli.shared import add_command
from hgedsp.errors import import_extra

_QUICK = Effort(rounds=3, seconds=0.01, quick=True)


def add_parser(commands: Any) -> None:
    """Add this command to the parser of `hgedsp`."""
    parser = add_command(
        commands,
        "bench",
        "time compiled graphs beside C, SciPy, NumPy and PathSim",
        "hgedsp bench --only closed_loop --plot speed.png",
        run,
        "All candidates of a workload take turns on one core; each has to give the right answer "
        "before it is timed. C is compiled here, with gcc or clang. Takes some 5 minutes.",
    )
    parser.add_argument("--json", action="store_true", help="print as JSON, with all rounds")
    parser.add_argument(
        "--only",
        action="append",
        choices=list(WORKLOADS),
        metavar="NAME",
        help=f"one workload of {', '.join(WORKLOADS)}; may be given again",
    )
    parser.add_argument("--rounds", type=int, help="rounds of which the median is taken; default 7")
    parser.add_argument("--quick", action="store_true", help="fewer cases and rounds, a minute")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw time against K")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write docs/performance.md")


def run(arguments: argparse.Namespace) -> int:
    """Measure, print, and write what is asked for."""
    if arguments.plot is not None:
        # Missed before the measurements, not after them.
        import_extra("matplotlib.figure", "plot", "drawing benchmarks")
    results = run_suite(
        arguments.only or list(WORKLOADS), _effort(arguments), on_result=_Progress().show
    )
    print(as_json(results) if arguments.json else as_text(results))
    if arguments.plot is not None:
        draw(results, arguments.plot)
    if arguments.markdown is not None:
        arguments.markdown.write_text(as_markdown(results), encoding="utf-8")
    return 0


def _effort(arguments: argparse.Namespace) -> Effort:
    effort = _QUICK if arguments.quick else Effort()
    if arguments.rounds is None:
        return effort
    require_integer("bench", 1, rounds=arguments.rounds)
    return Effort(arguments.rounds, effort.seconds, effort.quick)


class _Progress:
    """Counts the cases that are done, on a terminal."""

    def __init__(self) -> None:
        self._bar = tqdm(desc="bench", unit=" cases", disable=not sys.stderr.isatty())

    def show(self, result: Result) -> None:
        case = ", ".join(f"{label} {value}" for label, value in result.case.items())
        self._bar.set_postfix_str(f"{result.workload}: {case}", refresh=False)
        self._bar.update()
