"""The picture of figure 3: expected error against spacing, and derivatives against each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hgedsp.hge.leakage import draw_spacing_curves, equal_noise_filters, spacing_curve

if TYPE_CHECKING:
    from hgedsp.reproduce.fig3 import Comparison

_SPACING = np.linspace(1.0, 60.0, 600)


def draw(figure: Any, comparisons: Sequence[Comparison], device: str) -> None:
    """Draw onto an empty figure."""
    columns = len(comparisons) // 2
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
    curves = {
        name: spacing_curve(
            response,
            setting.sample_rate,
            _SPACING,
            signal=setting.amplitude * typical,
            amplitude=setting.amplitude,
            density=setting.density,
        )
        for name, response in filters.items()
    }
    draw_spacing_curves(axes, curves)
    axes.set_title(
        f"Expected, for a derivative of {1e9 * typical:.2g} nA/V;\nbands: equal to 20 times weaker"
    )


def _draw_comparison(axes: Any, comparison: Comparison) -> None:
    single, multi = 1e9 * comparison.single.ravel(), 1e9 * comparison.multi.ravel()
    ends = [min(single.min(), multi.min()), max(single.max(), multi.max())]
    axes.plot(ends, ends, color="0.6", lw=1)
    axes.plot(single, multi, ".", ms=2, alpha=0.5, rasterized=True)
    axes.set(xlabel="single (nA/V)", ylabel="multi (nA/V)")
    axes.set_title(
        f"{comparison.setting.spacing:g} Hz, {comparison.filter}\n"
        f"correlation {comparison.correlation:.4f}, MSE x {comparison.cost:.2f}",
        fontsize=9,
    )
