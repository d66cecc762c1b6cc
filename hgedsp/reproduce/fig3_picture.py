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
        f"Expected, for a derivative of {1e9 * typical:.2g} nA/V. Lines: neighbours\n"
        "2.05 times stronger; bands: equal to 20 times stronger",
        fontsize=9,
    )
    axes.legend(frameon=False)


def _draw_curve(axes: Any, name: str, curve: SpacingCurve, colour: str) -> None:
    parallel = 1e18 * curve.parallel  # rows: equal, 2.05 times, 20 times
    axes.fill_between(curve.spacing_Hz, parallel[0], parallel[-1], color=colour, alpha=0.12)
    axes.plot(curve.spacing_Hz, parallel[1], color=colour, label=name)


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
