"""The command ``hgedsp``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from hgedsp.cli import bench, blocks, cache, compile, devices, draw, extract, info, study, train
from hgedsp.errors import HgedspError
from hgedsp.io.record import versions

_EPILOG = """\
examples:
  hgedsp train xor --output runs/xor      train a simulated device to an XOR gate
  hgedsp extract trace.npz --json         derivatives from a recorded trace
  hgedsp draw my_graph.py -o graph.svg    draw a graph
  hgedsp compile my_graph.py --report     where the time goes, block by block
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status: 0 done, 1 not reached, 2 refused, 130 stopped."""
    parser = argparse.ArgumentParser(
        prog="hgedsp",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Homodyne gradient extraction: streaming graphs compiled to one loop.",
    )
    parser.add_argument("--version", action="version", version=versions()["hgedsp"])
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for module in (train, extract, draw, compile, blocks, devices, info, cache, bench, study):
        module.add_parser(commands)
    chosen = parser.parse_args(arguments)
    try:
        status: int = chosen.run(chosen)
    except HgedspError as error:
        print(f"error: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    return status


if __name__ == "__main__":
    sys.exit(main())
