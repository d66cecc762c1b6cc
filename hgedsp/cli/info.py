"""``hgedsp info``: versions, processor, cache: what a bug report needs."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
from typing import Any

import llvmlite.binding

from hgedsp.cli.shared import add_command
from hgedsp.compile.cache import cache_info
from hgedsp.io.record import versions


def add_parser(commands: Any) -> None:
    """Add this command to the parser of `hgedsp`."""
    parser = add_command(
        commands, "info", "show versions, processor and cache", "hgedsp info --json", run
    )
    parser.add_argument("--json", action="store_true", help="print as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print what a bug report needs."""
    cache = cache_info()
    facts: dict[str, Any] = {
        **versions(),
        "system": platform.platform(),
        "processor": llvmlite.binding.get_host_cpu_name(),
        "processors": os.cpu_count(),
        "extras": {
            extra: importlib.util.find_spec(package) is not None
            for extra, package in (("plot", "matplotlib"), ("hdf5", "h5py"))
        },
        "cache_folder": str(cache.folder),
        "cached_kernels": cache.kernels,
    }
    if arguments.json:
        print(json.dumps(facts, indent=2))
    else:
        for name, value in facts.items():
            print(f"{name:<16} {value}")
    return 0
