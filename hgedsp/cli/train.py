"""``hgedsp train``: make a device into what is wanted of it."""

from __future__ import annotations

import argparse
from typing import Any

from hgedsp.cli.deliver import add_delivery, deliver, prepare
from hgedsp.cli.shared import add_command
from hgedsp.errors import ParameterError
from hgedsp.train.targets import OPTIONS, TARGETS

_EXAMPLE = "hgedsp train xor --seed 1 --margin 10 --output runs/xor"


def add_parser(commands: Any) -> None:
    """Add this command to the parser of `hgedsp`."""
    listing = "".join(f"\n  {name:<14}{target.about}" for name, target in TARGETS.items())
    parser = add_command(
        commands,
        "train",
        "train a simulated device",
        f"{_EXAMPLE}\n\ntargets:{listing}",
        run,
        "Exit status 0 only if the target is reached, measured without perturbation and noise.",
    )
    parser.add_argument(
        "target", choices=list(TARGETS), metavar="TARGET", help="what to train it to; see below"
    )
    parser.add_argument(
        "--device",
        metavar="NAME|FILE.npz",
        help="see `hgedsp devices`; default: the target's own choice",
    )
    parser.add_argument("--seed", type=int, default=0, help="of starts, noise and data; default 0")
    for name, option in OPTIONS.items():
        parser.add_argument(
            _flag(name),
            dest=name,
            type=option.kind,
            choices=option.choices or None,
            metavar=option.metavar,
            help=option.about,
        )
    add_delivery(parser)


def run(arguments: argparse.Namespace) -> int:
    """Train, write, print; 0 only if the target is reached."""
    target = TARGETS[arguments.target]
    given = {name: getattr(arguments, name) for name in OPTIONS}
    options = {name: value for name, value in given.items() if value is not None}
    for name in options:
        if name not in target.options:
            own = ", ".join(map(_flag, target.options)) or "none but those of all targets"
            raise ParameterError(
                f"{arguments.target} knows no {_flag(name)}",
                mend=f"leave it out; the options of {arguments.target}: {own}",
            )
    prepare(arguments)
    result = target.run(device=arguments.device, seed=arguments.seed, progress=True, **options)
    return deliver(result, arguments)


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")
