"""What all commands share."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from hgedsp.table import format_table as format_table


def add_command(
    commands: Any,
    name: str,
    summary: str,
    example: str,
    run: Callable[[argparse.Namespace], int],
    more: str = "",
) -> argparse.ArgumentParser:
    """Add a command with help and an example to the parser of `hgedsp`."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}. {more}".strip(),
        epilog=f"example:\n  {example}\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    return parser
