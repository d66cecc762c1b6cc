"""``hgedsp blocks``: all installed blocks, those of other packages included."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from hgedsp.block import Block
from hgedsp.cli.shared import add_command, format_table
from hgedsp.plugins import installed_blocks


def add_parser(commands: Any) -> None:
    """Add this command to the parser of `hgedsp`."""
    parser = add_command(
        commands, "blocks", "list the installed blocks", "hgedsp blocks --json", run
    )
    parser.add_argument("--json", action="store_true", help="print the list as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print name, ports and first sentence of every block."""
    found = installed_blocks()
    entries = [_entry(name, kind, origin) for name, (kind, origin) in sorted(found.blocks.items())]
    if arguments.json:
        print(json.dumps(entries, indent=2))
    else:
        rows = [(e["name"], e["inputs"] or "-", e["outputs"] or "-", e["about"]) for e in entries]
        print(format_table(("block", "inputs", "outputs", "about"), rows))
    for problem in found.broken:
        print(f"warning: {problem}", file=sys.stderr)
    return 0


def _entry(name: str, kind: type[Block], origin: str) -> dict[str, str]:
    about = (kind.__doc__ or "").strip().splitlines()
    return {
        "name": name,
        "origin": origin,
        "about": about[0] if about else "",
        "inputs": ", ".join(map(repr, kind.ports.inputs)),
        "outputs": ", ".join(map(repr, kind.ports.outputs)),
    }
