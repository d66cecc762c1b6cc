"""``hgedsp compile``: compile the graph that a Python file makes, and tell about it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from hgedsp.cli.draw import find_graph
from hgedsp.cli.shared import add_command
from hgedsp.errors import ParameterError


def add_parser(commands: Any) -> None:
    """Add this command to the parser of `hgedsp`."""
    parser = add_command(
        commands,
        "compile",
        "compile the graph that a Python file makes",
        "hgedsp compile my_graph.py --report",
        run,
        "The file makes a Graph at its top level, or has a function without arguments that "
        "returns one. Without --report nothing is measured.",
    )
    parser.add_argument("file", type=Path, metavar="GRAPH.py", help="file that makes a Graph")
    parser.add_argument(
        "--report",
        action="store_true",
        help="measure speed, and the time of every block alone and in place; takes some seconds",
    )
    parser.add_argument("--source", action="store_true", help="print the kernel instead")
    parser.add_argument(
        "--graph", metavar="NAME", help="variable or function, if there are several"
    )
    parser.add_argument(
        "--rate", type=float, metavar="HZ", help="rate to keep up with; default that of the graph"
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Compile; print the report or the source."""
    if arguments.source and (arguments.report or arguments.json):
        raise ParameterError(
            "--source prints the kernel, and nothing else",
            mend="leave out --report and --json, or ask for the report by itself",
        )
    kernel = find_graph(arguments.file, arguments.graph, option="--graph").compile()
    if arguments.source:
        print(kernel.source, end="")
        return 0
    report = kernel.report(arguments.report, rate=arguments.rate)
    print(json.dumps(report.to_dict(), indent=2) if arguments.json else report)
    return 0
