"""``hgedsp extract``: derivatives of a device from its recorded output."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from hgedsp.analyze.delay import without_delay
from hgedsp.analyze.extract import ESTIMATORS, Extraction, extract
from hgedsp.analyze.tones import Tones, tones_from
from hgedsp.checks import FloatArray
from hgedsp.cli.extract_picture import draw_extraction, require_matplotlib
from hgedsp.cli.shared import add_command
from hgedsp.io import open_trace, read_tones, save_record, versions
from hgedsp.table import format_table
from hgedsp.trace import Trace

_EXAMPLE = """hgedsp extract trace.npz --json
  hgedsp extract current.csv --column current_nA --tones tones.json --window 0.1
  hgedsp extract trace.npz --time-constant 5e-3 --order 4 --rate 50 --output runs/trace.npz"""
_NOTE = """\
TONES.json: {"frequency_Hz": [1010, 1090], "amplitude_V": [0.005, 0.005]}, and if known phase_rad,
delay_s (from tone generator to detector) and sample_rate_Hz. frequency_cycles_per_sample stands
for frequency_Hz where no sample rate is known; times are then in samples. A .npz file that holds
these arrays beside the trace needs no TONES.json."""


def add_parser(subparsers: Any) -> None:
    """Add this command to the parser of `hgedsp`."""
    parser = add_command(
        subparsers, "extract", "derivatives from a recorded trace", _EXAMPLE, run, _NOTE
    )
    add = parser.add_argument
    add("trace", metavar="TRACE", help="recorded output of the device: .npz, .npy, .wav or .csv")
    add("--tones", metavar="TONES.json", help="tones it was recorded with, see below")
    add("--key", metavar="NAME", help="name of the array in a .npz file; default current_nA, ...")
    add("--column", metavar="C", help="column to read, a number from 0, or a name in a .csv file")
    add("--sample-rate", type=float, metavar="HZ", help="counts more than what the files say")
    add(
        "--estimator",
        choices=ESTIMATORS,
        help="default: lock-in where windows hold whole periods of all tones, else least-squares",
    )
    add(
        "--window",
        type=float,
        metavar="S",
        help="length of a window; default the multiple of the tones' common period nearest 0.1 s, "
        "or the whole trace if that does not fit",
    )
    add("--time-constant", type=float, metavar="S", help="lock-in with a low-pass, not windows")
    add("--order", type=int, default=1, metavar="N", help="of the low-pass, 1 to 8; default 1")
    add("--delay", type=float, metavar="S", help="of the path, counts more than delay_s")
    add(
        "--find-delay",
        type=float,
        metavar="S",
        help="find the delay of the path, up to so many seconds, in the recording itself",
    )
    add("--rate", type=float, metavar="HZ", help="values per second behind the low-pass")
    add("--json", action="store_true", help="print the result as JSON")
    add(
        "--output",
        type=Path,
        metavar="FILE",
        help="write the values of every window to .npz or .h5, and a picture beside it",
    )
    add("--picture", type=Path, metavar="FILE.png", help="draw spectrum and derivatives")
    add("--quiet", action="store_true", help="show no progress bar")


def run(arguments: argparse.Namespace) -> int:
    """Extract, print, write; 0 when done."""
    if arguments.picture is not None:
        require_matplotlib()
    trace, tones = _open(arguments)
    result = extract(
        trace,
        tones,
        estimator=arguments.estimator,
        window=arguments.window,
        time_constant=arguments.time_constant,
        order=arguments.order,
        output_rate=arguments.rate,
        progress=not arguments.quiet,
    )
    if arguments.find_delay is not None:
        result, _ = without_delay(result, arguments.find_delay)
    report = summary(result)
    if arguments.output is not None:
        config = {"command": _settings(arguments), "versions": versions(), "result": report}
        save_record(arguments.output, _arrays(result), config)
    print(json.dumps(report, indent=2) if arguments.json else as_text(result))
    _draw(result, arguments)
    return 0


def summary(result: Extraction) -> dict[str, Any]:
    """Return the result as JSON can hold it."""
    estimate, leakage, bound = result.estimate, result.leakage, result.leakage_bound
    window = None if result.window is None else result.window / result.tones.rate
    return {
        "trace": result.trace.name,
        "samples": len(result.trace),
        "sample_rate_Hz": result.tones.rate,
        "estimator": result.estimator,
        "window_s": window,
        "windows": len(estimate),
        "settling_s": result.settling,
        "frequency_Hz": result.tones.frequency.tolist(),
        "frequency_unit": "cycles per sample" if result.tones.in_cycles else "Hz",
        "amplitude_V": result.tones.amplitude.tolist(),
        "gradient_mean": result.gradient_mean.tolist(),
        "gradient_standard_error": _list(result.gradient_standard_error),
        "gradient_unit": f"{unit_of(result.trace) or '1'}/V",
        "in_phase_mean": estimate.in_phase.mean(axis=0).tolist(),
        "quadrature_mean": estimate.quadrature.mean(axis=0).tolist(),
        "offset_mean": _mean(estimate.offset),
        "residual_rms": _mean(estimate.residual),
        "leakage": {
            "whole_periods": result.whole_periods,
            "from_offset": leakage.from_offset.tolist(),
            "between_tones": leakage.between_tones.tolist(),
            "gradient_bound_from_offset": _list(bound and bound[0]),
            "gradient_bound_from_tones": _list(bound and bound[1]),
            "lock_in_minus_least_squares": _list(result.lock_in_difference),
        },
        "notes": result.notes,
    }


def as_text(result: Extraction) -> str:
    """Return the result as a table with a heading."""
    unit = unit_of(result.trace)
    per_volt = f"{unit or '1'}/V"
    # Where a lock-in is exact the difference is rounding, and tells nothing.
    compared = not result.whole_periods
    difference = result.lock_in_difference if compared else None
    bound = result.leakage_bound if compared else None
    hertz = "1/sample" if result.tones.in_cycles else "Hz"
    columns: dict[str, FloatArray | None] = {
        hertz: result.tones.frequency,
        "amplitude V": result.tones.amplitude,
        f"gradient {per_volt}": result.gradient_mean,
        "+-": result.gradient_standard_error,
        f"in-phase {unit}".strip(): result.estimate.in_phase.mean(axis=0),
        f"quadrature {unit}".strip(): result.estimate.quadrature.mean(axis=0),
        "lock-in - fit": difference,
        "leakage <": None if bound is None else bound[0] + bound[1],
    }
    shown = {name: values for name, values in columns.items() if values is not None}
    rows = [
        [str(k), *(f"{values[k]:.6g}" for values in shown.values())]
        for k in range(result.tones.frequency.size)
    ]
    lines = [_heading(result), format_table(["tone", *shown], rows)]
    if difference is not None:
        cause = "leakage" if result.window else "leakage, and noise that they weigh differently"
        lines.append(f"lock-in - fit: difference of the two estimators by {cause}, in {per_volt}")
    return "\n".join([*lines, *(f"note: {note}" for note in result.notes)])


def unit_of(trace: Trace) -> str:
    """Return the unit that the name of the array or column ends in: nA for ``current_nA``."""
    quantity = trace.name.rpartition(":")[2]
    unit = quantity.rpartition("_")[2] if "_" in quantity else ""
    return unit if unit in ("nA", "uA", "mA", "A", "mV", "V") else ""


def _open(arguments: argparse.Namespace) -> tuple[Trace, Tones]:
    column = arguments.column
    column = int(column) if column is not None and column.isdecimal() else column
    trace = open_trace(
        arguments.trace, key=arguments.key, column=column, sample_rate=arguments.sample_rate
    )
    arrays = trace.extra if arguments.tones is None else read_tones(arguments.tones)
    if arguments.delay is not None:
        arrays = {**arrays, "delay_s": arguments.delay}
    return trace, tones_from(arrays, trace.sample_rate, arguments.tones or arguments.trace)


def _heading(result: Extraction) -> str:
    second = "samples" if result.tones.in_cycles else "s"
    rate = "" if result.tones.in_cycles else f" at {result.tones.rate:g} Hz"
    if result.window is None:
        how = f"{len(result.estimate)} values behind the low-pass, settled"
    else:
        length = result.window / result.tones.rate
        how = f"{len(result.estimate)} window(s) of {length:g} {second}"
    return f"{result.trace.name}: {len(result.trace)} samples{rate}, {result.estimator}, {how}"


def _arrays(result: Extraction) -> dict[str, Any]:
    estimate = result.estimate
    arrays: Mapping[str, Any] = {
        "sample": estimate.sample,
        "gradient": result.gradient,
        "in_phase": estimate.in_phase,
        "quadrature": estimate.quadrature,
        "offset": estimate.offset,
        "residual": estimate.residual,
        "frequency_Hz": result.tones.frequency,
        "amplitude_V": result.tones.amplitude,
        "phase_rad": result.tones.generator.phase,
    }
    return {name: array for name, array in arrays.items() if array is not None}


def _settings(arguments: argparse.Namespace) -> dict[str, Any]:
    return {
        name: str(value) if isinstance(value, Path) else value
        for name, value in vars(arguments).items()
        if not callable(value)
    }


def _draw(result: Extraction, arguments: argparse.Namespace) -> None:
    """Draw where a picture was asked for, and beside a record where it can be drawn."""
    picture = arguments.picture
    if picture is None and arguments.output is not None:
        picture = arguments.output.with_suffix(".png")
        if find_spec("matplotlib") is None:
            print("no picture: matplotlib is not installed", file=sys.stderr)
            return
    if picture is not None:
        draw_extraction(result, unit_of(result.trace), picture)


def _list(values: FloatArray | None) -> list[float] | None:
    return None if values is None else [float(value) for value in values]


def _mean(values: FloatArray | None) -> float | None:
    return None if values is None else float(np.mean(values))
