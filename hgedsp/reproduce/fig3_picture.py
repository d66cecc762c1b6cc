"""The picture of figure 3: expected error against spacing, and derivatives against each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hgedsp.hge.leakage import SpacingCurve, equal_noise_filters, spacing_curve

if TYPE_CHECKING:
    from hgedsp.reproduce.fig3 import Comparison

_SPACING = np.linspace(1.0, 60.0, 600)


def draw(figure: Any, comparisons: Sequence[Comparison], device: str) -> None:
    """Draw onto an empty figure."""
    columns = -(-len(comparisons) // 2)
    figure.set_size_inches(14, 7)
    grid = figure.add_gridspec(2, columns + 2)
    _draw_theory(figure.add_subplot(grid[:, :2]), comparisons[0])
    for number, comparison in enumerate(comparisons):
        row, column = divmod(number, columns)
        _draw_comparison(figure.add_subplot(grid[row, 2 + column]), comparison)
    if len(comparisons) < 2 * columns:
        _draw_errors(figure.add_subplot(grid[1, -1]), comparisons)
    figure.suptitle(f"Derivatives by all tones at once, and by one at a time (device {device})")


def _draw_theory(axes: Any, comparison: Comparison) -> None:
    setting = comparison.setting
    typical = float(np.median(np.abs(comparison.single_truth)))
    filters = equal_noise_filters(setting.time, setting.sample_rate)
    for number, (name, response) in enumerate(filters.items()):
        curve = spacing_curve(
            response,
            setting.sample_rate,
            _SPACING,
            signal=setting.amplitude * typical,
            amplitude=setting.amplitude,
            density=setting.density,
        )
        _draw_curve(axes, name, curve, f"C{number}")
    alone = 1e18 * curve.sequential
    axes.axhline(alone, color="black", ls="--", lw=1, label="one tone at a time")
    axes.set_yscale("log")
    axes.set_ylim(0.5 * alone, None)
    axes.set(xlabel="spacing of the tones (Hz)", ylabel="mean square error ((nA/V)$^2$)")
    axes.set_title(
        f"Noise and neighbours, for a derivative of {1e9 * typical:.2g} nA/V.\n"
        "Neighbours: equal (dotted), 2.05 times (solid), 20 times stronger (dashed)",
        fontsize=9,
    )
    axes.legend(frameon=False)


def _draw_curve(axes: Any, name: str, curve: SpacingCurve, colour: str) -> None:
    equal, stronger, strongest = 1e18 * curve.parallel
    axes.plot(curve.spacing_Hz, equal, ":", color=colour, lw=0.9)
    axes.plot(curve.spacing_Hz, stronger, color=colour, lw=1.8, label=name)
    axes.plot(curve.spacing_Hz, strongest, "--", color=colour, lw=0.9)


def _draw_errors(axes: Any, comparisons: Sequence[Comparison]) -> None:
    place = np.arange(len(comparisons))
    for side, (name, marker) in enumerate((("all at once", "o"), ("one at a time", "s"))):
        measured = [1e18 * c.errors[side] for c in comparisons]
        expected = [1e18 * c.expected_errors[side] for c in comparisons]
        axes.plot(place, measured, marker, color=f"C{side}", ms=6, label=name)
        axes.plot(place, expected, "_", color="black", ms=14, label=None if side else "theory")
    axes.set_yscale("log")
    names = [f"{c.tones},\n{c.filter}" for c in comparisons]
    axes.set_xticks(place, names, fontsize=7, rotation=45, ha="right")
    axes.set_ylabel("mean square error ((nA/V)$^2$)")
    axes.set_title("Errors, and theory with products", fontsize=9)
    axes.legend(frameon=False, fontsize=8)


def _draw_comparison(axes: Any, comparison: Comparison) -> None:
    single, multi = 1e9 * comparison.single.ravel(), 1e9 * comparison.multi.ravel()
    ends = [min(single.min(), multi.min()), max(single.max(), multi.max())]
    axes.plot(ends, ends, color="0.6", lw=1)
    axes.plot(single, multi, ".", ms=2, alpha=0.5, rasterized=True)
    axes.set(xlabel="single (nA/V)", ylabel="multi (nA/V)")
    axes.set_title(
        f"{comparison.tones}, {comparison.filter}\n"
        f"correlation {comparison.correlation:.4f}, MSE x {comparison.cost:.2f}",
        fontsize=9,
    )
