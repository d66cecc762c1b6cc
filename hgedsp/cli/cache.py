"""``hgedsp cache``: the folder of compiled kernels."""

from __future__ import annotations

import argparse
import json
from typing import Any

from hgedsp.cli.shared import add_command
from hgedsp.compile.cache import cache_info, clear_cache


def add_parser(commands: Any) -> None:
    """Add this command to the parser of `hgedsp`."""
    parser = add_command(
        commands,
        "cache",
        "show or empty the folder of compiled kernels",
        "hgedsp cache info",
        run,
        "The folder is that of the environment variable HGEDSP_CACHE, if it is set.",
    )
    parser.add_argument("what", choices=["info", "clear"], help="show it, or delete all kernels")
    parser.add_argument("--json", action="store_true", help="print as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print what the folder holds, or held."""
    info = cache_info() if arguments.what == "info" else clear_cache()
    if arguments.json:
        print(
            json.dumps(
                {"folder": str(info.folder), "kernels": info.kernels, "size_bytes": info.size_bytes}
            )
        )
    else:
        verb = "holds" if arguments.what == "info" else "is empty now; it held"
        print(f"{info.folder} {verb} {info.kernels} kernels, {info.size_bytes / 1e6:.1f} MB")
    return 0
