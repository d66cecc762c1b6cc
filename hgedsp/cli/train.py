"""``hgedsp train``: make a device into a Boolean gate."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from hgedsp.cli.shared import add_command
from hgedsp.devices import DEFAULT, load_device
from hgedsp.errors import MissingExtraError, TraceError, import_extra
from hgedsp.graphs import GATES
from hgedsp.train.gate import MODES, POLICIES, train_gate
from hgedsp.train.report import draw, summary, write_record
from hgedsp.train.result import GateResult

_EXAMPLE = "hgedsp train xor --seed 1 --margin 10 --output runs/xor"


def add_parser(commands: Any) -> None:
    """Add this command to the parser of `hgedsp`."""
    parser = add_command(
        commands,
        "train",
        "train a simulated device to a Boolean gate",
        _EXAMPLE,
        run,
        "Exit status 0 only if the gate works: its margin, measured without perturbation and "
        "noise, is above 1 nA.",
    )
    parser.add_argument("gate", choices=list(GATES), help="which gate")
    parser.add_argument(
        "--device",
        default=DEFAULT,
        metavar="NAME|FILE.npz",
        help=f"see `hgedsp devices`; default {DEFAULT}",
    )
    parser.add_argument("--seed", type=int, default=0, help="of starts and noise; default 0")
    parser.add_argument(
        "--mode",
        choices=MODES,
        default="epoch",
        help="per epoch with a correlation loss, or continuously with the loss "
        "itself demodulated; default epoch",
    )
    parser.add_argument(
        "--margin",
        type=float,
        metavar="NA",
        help="measured margin at which training stops, nA; default "
        + ", ".join(f"{policy.stop_nA:g} ({mode})" for mode, policy in POLICIES.items()),
    )
    parser.add_argument(
        "--output", type=Path, metavar="DIR", help="write record and result.png to this folder"
    )
    parser.add_argument(
        "--record", choices=["npz", "h5"], default="npz", help="kind of record; default npz"
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Train, write, print; 0 only if the gate works."""
    if arguments.output is not None:
        _make_folder(arguments.output)
        if arguments.record == "h5":
            # Missed before the training, not after it.
            import_extra("h5py", "hdf5", "a record in a .h5 file")
    device = load_device(arguments.device)
    policy = POLICIES[arguments.mode]
    if arguments.margin is not None:
        policy = replace(policy, stop_nA=arguments.margin)
    result = train_gate(
        arguments.gate, device, seed=arguments.seed, mode=arguments.mode, policy=policy
    )
    if arguments.output is not None:
        name = Path(arguments.device).name
        write_record(result, name, arguments.output / f"record.{arguments.record}")
        _try_to_draw(result, name, arguments.output / "result.png")
    if arguments.json:
        print(json.dumps(summary(result, arguments.device), indent=2))
    else:
        _print(result, arguments.output)
    if result.interrupted:
        print("stopped early; what was measured so far is kept", file=sys.stderr)
        return 130
    return 0 if result.success else 1


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TraceError(
            f"the folder {folder} cannot be made: {error.strerror}",
            mend="give --output a folder that can be written to",
        ) from None


def _try_to_draw(result: GateResult, name: str, file: Path) -> None:
    try:
        draw(result, name, file)
    except MissingExtraError as error:
        # The training is done and recorded; only the picture is missing.
        print(f"note: {error}", file=sys.stderr)


def _print(result: GateResult, folder: Path | None) -> None:
    outcome = "works" if result.success else "does not work"
    print(
        f"{result.setup.gate.upper()} {outcome}: margin {result.margin_nA:.2f} nA, "
        f"{result.epochs} epochs, {result.samples} samples, {result.starts} start(s), "
        f"{result.seconds:.1f} s"
    )
    for case, (level, wanted) in enumerate(zip(result.output_nA, result.setup.target, strict=True)):
        print(f"  {case // 2}{case % 2} -> {level:8.2f} nA  ({'high' if wanted else 'low'})")
    volts = ", ".join(
        f"{e}: {v:+.3f} V" for e, v in zip(result.setup.controls, result.parameters_V, strict=True)
    )
    print(f"  controls {volts}")
    if folder is not None and (folder / "result.png").exists():
        print(f"  see {folder / 'result.png'}")
