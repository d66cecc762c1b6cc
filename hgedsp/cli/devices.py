"""``hgedsp devices``: the simulated devices that ship with the package."""

from __future__ import annotations

import argparse
import json
from typing import Any

from hgedsp.cli.shared import add_command
from hgedsp.devices import CATALOGUE, DEFAULT, load_device
from hgedsp.table import format_table


def add_parser(commands: Any) -> None:
    """Add this command to the parser of `hgedsp`."""
    parser = add_command(
        commands,
        "devices",
        "list the simulated devices",
        "hgedsp devices --json",
        run,
        "Any .npz file with weight_0, bias_0, ..., or one that HoppingNetwork.save wrote, can be "
        "used, too.",
    )
    parser.add_argument("--json", action="store_true", help="print the list as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the catalogue."""
    entries = []
    for entry in CATALOGUE:
        device = load_device(entry.name)
        entries.append(
            {
                "name": entry.name,
                "default": entry.name == DEFAULT,
                "about": entry.about,
                "electrodes": int(device.electrodes),
                "kind": type(device).__name__,
                "lower_V": [float(v) for v in device.lower],
                "upper_V": [float(v) for v in device.upper],
            }
        )
    if arguments.json:
        print(json.dumps(entries, indent=2))
    else:
        rows = [(str(e["name"]), str(e["electrodes"]), str(e["about"])) for e in entries]
        print(format_table(("device", "electrodes", "about"), rows))
    return 0
