"""Results on their way out: a record, a picture, and words or JSON."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from hgedsp.checks import require_integer
from hgedsp.errors import MissingExtraError, TraceError, import_extra
from hgedsp.io.record import save_record, versions
from hgedsp.results import Result


def add_delivery(parser: argparse.ArgumentParser) -> None:
    """Add the options --output, --record and --json."""
    parser.add_argument(
        "--output", type=Path, metavar="DIR", help="write record and result.png to this folder"
    )
    parser.add_argument(
        "--record", choices=["npz", "h5"], default="npz", help="kind of record; default npz"
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def prepare(arguments: argparse.Namespace) -> None:
    """Make the folder, and miss what is missing before the work and not after it."""
    if "seed" in arguments:
        require_integer(arguments.command, 0, seed=arguments.seed)
    folder: Path | None = arguments.output
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):  # a folder may exist and still take no files
            pass
    except OSError as error:
        raise TraceError(
            f"the folder {folder} cannot be made or written to: {error.strerror}",
            mend="give --output a folder that can be written to",
        ) from None
    if arguments.record == "h5":
        import_extra("h5py", "hdf5", "a record in a .h5 file")


def deliver(result: Result, arguments: argparse.Namespace) -> int:
    """Write, print, and return the exit status: 0 reached, 1 not reached, 130 stopped."""
    folder: Path | None = arguments.output
    numbers = result.numbers()
    if folder is not None:
        config = {**numbers, "versions": versions()}
        save_record(folder / f"record.{arguments.record}", result.arrays(), config)
        _try_to_draw(result, folder / "result.png")
    if arguments.json:
        print(json.dumps(numbers, indent=2))
    else:
        print(result.text())
        if folder is not None and (folder / "result.png").exists():
            print(f"  see {folder / 'result.png'}")
    if result.interrupted:
        print("stopped early; what was measured so far is kept", file=sys.stderr)
        return 130
    return 0 if result.success else 1


def _try_to_draw(result: Result, file: Path) -> None:
    try:
        matplotlib_figure: Any = import_extra("matplotlib.figure", "plot", "drawing the result")
    except MissingExtraError as error:
        # The work is done and recorded; only the picture is missing.
        print(f"note: {error}", file=sys.stderr)
        return
    figure = matplotlib_figure.Figure(figsize=(11, 7), layout="constrained")
    result.draw(figure)
    figure.savefig(file, dpi=120)
