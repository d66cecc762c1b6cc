"""``hgedsp reproduce``: the paper's experiments, our number beside the paper's."""

from __future__ import annotations

import argparse
from typing import Any

from hgedsp.cli.deliver import add_delivery, deliver, prepare
from hgedsp.cli.shared import add_command
from hgedsp.reproduce import fig3, fig4, noise
from hgedsp.studies.study import Run

_FIGURES: dict[str, Run] = {"fig3": fig3.run, "fig4": fig4.run, "noise": noise.run}
_ABOUT = """
figures:
  fig3   derivatives of 1000 operating points, all tones at once against one at a time
  fig4   Boolean gates, and the classification of points inside and outside a sphere
  noise  density of the output noise, scatter of derivatives against frequency and time"""


def add_parser(commands: Any) -> None:
    """Add this command to the parser of `hgedsp`."""
    parser = add_command(
        commands,
        "reproduce",
        "reproduce a figure of the paper on a simulated device",
        f"hgedsp reproduce fig3 --output runs/fig3\n{_ABOUT}",
        run,
        "Prints our numbers beside the paper's, where its captions give one. Exit status 0 only "
        "if what the figure shows holds.",
    )
    parser.add_argument("figure", choices=list(_FIGURES), help="which one; see below")
    parser.add_argument(
        "--device", metavar="NAME|FILE.npz", help="see `hgedsp devices`; default: the default one"
    )
    parser.add_argument("--seed", type=int, default=0, help="of all that is random; default 0")
    parser.add_argument("--quick", action="store_true", help="fewer points, wider errors")
    add_delivery(parser)


def run(arguments: argparse.Namespace) -> int:
    """Reproduce a figure and deliver it."""
    prepare(arguments)
    figure = _FIGURES[arguments.figure]
    result = figure(
        device=arguments.device, seed=arguments.seed, quick=arguments.quick, progress=True
    )
    return deliver(result, arguments)
