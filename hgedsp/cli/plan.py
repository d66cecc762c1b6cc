"""``hgedsp plan``: tones, what is guaranteed of them, and the error to expect."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hgedsp.checks import FloatArray
from hgedsp.cli.deliver import add_delivery, deliver, prepare
from hgedsp.cli.plan_picture import draw_plan
from hgedsp.cli.shared import add_command, format_table
from hgedsp.errors import ParameterError
from hgedsp.hge import TonePlan, plan_tones
from hgedsp.hge.crest import PHASES
from hgedsp.hge.tone_plan import FAR
from hgedsp.train.target import numbers
from hgedsp.units import format_quantity

_EXAMPLE = """hgedsp plan 7 --band 1000 2000 --window 0.1 --avoid 50 --output runs/plan
  hgedsp extract trace.npy --tones runs/plan/tones.json --window 0.1"""
_NOTE = "With --output it also writes tones.json, which `hgedsp extract --tones` reads."
_MOST_ROWS = 64


def add_parser(commands: Any) -> None:
    """Add this command to the parser of `hgedsp`."""
    parser = add_command(commands, "plan", "plan tones for a device", _EXAMPLE, run, _NOTE)
    add = parser.add_argument
    add("n", type=int, metavar="N", help="number of tones")
    add("--band", type=float, nargs=2, required=True, metavar=("LOW", "HIGH"), help="Hz")
    add("--window", type=float, required=True, metavar="S", help="time of whole periods, s")
    add(
        "--avoid",
        type=float,
        nargs="+",
        action="append",
        default=[],
        metavar="HZ",
        help="keep away from HZ and its harmonics; two numbers are a band; may be repeated",
    )
    add("--avoid-width", type=float, metavar="HZ", help="how near is too near; default 1/window")
    add("--order", type=int, choices=[2, 3], default=3, help="of products kept off; default 3")
    add("--sample-rate", type=float, metavar="HZ", help="products are folded about it")
    add("--bandwidth", type=float, metavar="HZ", help="of the device; no tone is above it")
    add("--leakage", type=float, metavar="SHARE", help="of a neighbour that may come through")
    add(
        "--low-pass",
        nargs=2,
        metavar=("S", "ORDER"),
        help="time constant and order of the low-pass that keeps neighbours apart",
    )
    add("--amplitude", type=float, default=0.01, metavar="V", help="peak; default 0.01")
    add(
        "--gradient",
        type=numbers,
        metavar="G,G,...",
        help="a first gradient, A/V, as in --gradient=1e-8,-4e-8: amplitudes then give all "
        "derivatives the same relative error, the largest being --amplitude and the smallest a "
        "tenth of it or more",
    )
    add("--phases", choices=PHASES, default=PHASES[0], help=f"default {PHASES[0]!r}")
    add(
        "--noise",
        type=float,
        metavar="DENSITY",
        help="one-sided density of the output noise, A^2/Hz, for the predicted error "
        "(1e-23 is 1e-5 nA^2/Hz)",
    )
    add_delivery(parser)


def run(arguments: argparse.Namespace) -> int:
    """Plan, print, write; 0 when done."""
    prepare(arguments)
    plan = plan_tones(
        arguments.n,
        band=tuple(arguments.band),
        window=arguments.window,
        avoid=[entry[0] if len(entry) == 1 else tuple(entry) for entry in arguments.avoid],
        avoid_width=arguments.avoid_width,
        order=arguments.order,
        sample_rate=arguments.sample_rate,
        bandwidth=arguments.bandwidth,
        leakage=arguments.leakage,
        low_pass=_low_pass(arguments.low_pass),
        amplitude=arguments.amplitude,
        phases=arguments.phases,
    )
    if arguments.gradient is not None:
        plan = plan.balanced(arguments.gradient)
    if arguments.output is not None:
        write_tones(plan, arguments.output / "tones.json")
    mains = tuple(entry[0] for entry in arguments.avoid if len(entry) == 1)
    return deliver(PlanResult(plan, arguments.noise, mains), arguments)


def _low_pass(words: list[str] | None) -> tuple[float, int] | None:
    if words is None:
        return None
    try:
        return float(words[0]), int(words[1])
    except ValueError:
        raise ParameterError(
            f"--low-pass takes a time constant in s and a whole order, got {' '.join(words)}",
            mend="give, for example, --low-pass 0.01 2",
        ) from None


def write_tones(plan: TonePlan, file: Path) -> None:
    """Write the tones as `hgedsp extract --tones` reads them."""
    tones: dict[str, Any] = {
        "frequency_Hz": plan.frequency.tolist(),
        "amplitude_V": plan.amplitude.tolist(),
        "phase_rad": plan.phase.tolist(),
    }
    if plan.sample_rate is not None:
        tones["sample_rate_Hz"] = plan.sample_rate
    file.write_text(json.dumps(tones, indent=1), encoding="utf-8")


@dataclass(frozen=True, eq=False)
class PlanResult:
    """A plan, and the noise it is looked at with.

    Attributes
    ----------
    plan : TonePlan
    noise : float or None
        A^2/Hz.
    mains : tuple of float
        Frequencies whose harmonics are drawn, Hz.
    """

    plan: TonePlan
    noise: float | None
    mains: tuple[float, ...]
    success: bool = True
    interrupted: bool = False

    @property
    def error(self) -> FloatArray | None:
        """Predicted standard deviation of each derivative, A/V."""
        return None if self.noise is None else self.plan.predicted_error(self.noise)

    def text(self) -> str:
        """Return a table of the tones, and what is guaranteed."""
        plan, error = self.plan, self.error
        head = ["tone", "bin", "Hz", "phase rad", "amplitude V", "nearest product Hz"]
        head += [] if error is None else ["error nA/V"]
        rows = []
        near = plan.nearest_products
        for k in range(min(len(plan), _MOST_ROWS)):
            row = [f"{k}", f"{plan.bins[k]}", f"{plan.frequency[k]:.9g}", f"{plan.phase[k]:.4f}"]
            row += [f"{plan.amplitude[k]:.4g}", _signed(near[k], plan.window)]
            rows.append(row + ([] if error is None else [f"{1e9 * error[k]:.4g}"]))
        more = len(plan) - len(rows)
        lines = [format_table(head, rows)]
        lines += [f"... and {more} more, see --json or --output"] if more else []
        lines += ["", f"crest factor {plan.crest:.3g}", *self._collisions(), "guaranteed:"]
        return "\n".join([*lines, *(f"  - {line}" for line in plan.guarantees)])

    def _collisions(self) -> list[str]:
        """Return the strongest collisions in words."""
        plan = self.plan
        found, strength = plan.collisions, plan.collisions.strength(plan.amplitude)
        lines = ["strongest products on tones:"] if len(found) else []
        for row in found.ranked(plan.amplitude)[:8]:
            order = found.order[row]
            parts = zip(found.sign[row, :order], found.tone[row, :order], strict=True)
            terms = " ".join(f"{'+' if s > 0 else '-'} {k}" for s, k in parts).removeprefix("+ ")
            unit, name = ("V", "second") if order == 2 else ("V^2", "third")
            lines.append(
                f"  {terms} -> {found.target[row]}: up to {strength[row]:.3g} {unit} times the "
                f"{name} derivative"
            )
        return lines

    def numbers(self) -> dict[str, Any]:
        """Return the plan as JSON can hold it."""
        plan, error = self.plan, self.error
        return {
            "window_s": plan.window,
            "sample_rate_Hz": plan.sample_rate,
            "bin": plan.bins.tolist(),
            "frequency_Hz": plan.frequency.tolist(),
            "phase_rad": plan.phase.tolist(),
            "amplitude_V": plan.amplitude.tolist(),
            "crest_factor": plan.crest,
            "noise_bins": plan.noise_bins.tolist(),
            "nearest_product_bins": plan.nearest_products.tolist(),
            "collisions_second_order": float(plan.collisions.total[0]),
            "collisions_third_order": float(plan.collisions.total[1]),
            "noise_A2_per_Hz": self.noise,
            "predicted_error_A_per_V": None if error is None else error.tolist(),
            "guarantees": list(plan.guarantees),
        }

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return tones, empty bins and collisions."""
        plan, second = self.plan, self.plan.second_derivatives
        return {
            "bin": plan.bins,
            "frequency_Hz": plan.frequency,
            "phase_rad": plan.phase,
            "amplitude_V": plan.amplitude,
            "noise_bins": plan.noise_bins,
            "second_derivative_tones": np.column_stack([second.first, second.second]),
            "second_derivative_sum_bin": second.sum_bin,
            "second_derivative_difference_bin": second.difference_bin,
            "second_derivative_free": second.free,
            "collision_tone": plan.collisions.tone,
            "collision_sign": plan.collisions.sign,
            "collision_target": plan.collisions.target,
        }

    def draw(self, figure: Any) -> None:
        """Draw tones, products, empty bins and mains over frequency."""
        draw_plan(figure, self.plan, self.mains)


def _signed(distance: int, window: float) -> str:
    if distance == 0:
        return "on it"
    if distance > FAR:
        return f"over {format_quantity(FAR / window, '', 4).strip()} away"
    return f"{distance / window:+.6g}"
