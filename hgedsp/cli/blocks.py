"""``hgedsp blocks``: all installed blocks, those of other packages included."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from hgedsp.cli.shared import add_command
from hgedsp.plugins import InstalledBlock, installed_blocks
from hgedsp.table import format_table


def add_parser(commands: Any) -> None:
    """Add this command to the parser of `hgedsp`."""
    parser = add_command(
        commands, "blocks", "list the installed blocks", "hgedsp blocks --json", run
    )
    parser.add_argument("--json", action="store_true", help="print the list as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print name, ports and first sentence of every block."""
    found = installed_blocks()
    entries = [_entry(name, block) for name, block in sorted(found.items())]
    if arguments.json:
        print(json.dumps(entries, indent=2))
    else:
        rows = [(e["name"], e["inputs"] or "-", e["outputs"] or "-", e["about"]) for e in entries]
        print(format_table(("block", "inputs", "outputs", "about"), rows))
    for problem in found.broken:
        print(f"warning: {problem}", file=sys.stderr)
    return 0


def _entry(name: str, installed: InstalledBlock) -> dict[str, str]:
    block = installed.block
    about = (block.__doc__ or "").strip().splitlines()
    fixed = "ports" in vars(block)
    return {
        "name": name,
        "origin": installed.origin,
        "about": about[0] if about else "",
        "inputs": ", ".join(map(repr, block.ports.inputs)) if fixed else "by parameters",
        "outputs": ", ".join(map(repr, block.ports.outputs)) if fixed else "by parameters",
    }
