"""``hgedsp study``: predictions held against measurements."""

from __future__ import annotations

import argparse
from typing import Any

from hgedsp.cli.deliver import add_delivery, deliver, prepare
from hgedsp.cli.shared import add_command
from hgedsp.studies.catalogue import STUDIES


def add_parser(commands: Any) -> None:
    """Add this command to the parser of `hgedsp`."""
    listing = "".join(f"\n  {name:<12}{study.about}" for name, study in STUDIES.items())
    parser = add_command(
        commands,
        "study",
        "hold predictions against measurements",
        f"hgedsp study {next(iter(STUDIES))} --output runs/study\n\nstudies:{listing}",
        run,
        "Exit status 0 only if what the study asks for holds.",
    )
    parser.add_argument("study", choices=list(STUDIES), help="which one; see below")
    parser.add_argument(
        "--device",
        metavar="NAME|FILE.npz",
        help="see `hgedsp devices`; default: the study's own choice",
    )
    parser.add_argument("--seed", type=int, default=0, help="of all that is random; default 0")
    parser.add_argument(
        "--quick", action="store_true", help="fewer repeats: seconds, and wider errors"
    )
    add_delivery(parser)


def run(arguments: argparse.Namespace) -> int:
    """Carry out a study and deliver what it found."""
    prepare(arguments)
    result = STUDIES[arguments.study].run(
        device=arguments.device,
        seed=arguments.seed,
        quick=arguments.quick,
        progress=True,
    )
    return deliver(result, arguments)
