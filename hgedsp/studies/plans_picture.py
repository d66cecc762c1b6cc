"""The picture of the comparison of tone sets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hgedsp.studies.full_band import FullBand

if TYPE_CHECKING:
    from hgedsp.studies.plans import Comparison, PlansResult

_COLORS = ("#c23b22", "#e09f3e", "#1f5fa8")


def draw(result: PlansResult, figure: Any) -> None:
    """Draw errors per electrode, estimates against truth, and the full band, as far as measured."""
    grid = figure.add_gridspec(2, len(result.comparisons) + 1)
    for column, c in enumerate(result.comparisons):
        _draw_errors(figure.add_subplot(grid[0, column]), c)
        _draw_points(figure.add_subplot(grid[1, column]), c)
    if result.full:
        _draw_full(figure.add_subplot(grid[:, -1]), result.full)
    figure.suptitle(f"{Path(result.device).stem}: tone sets compared", fontsize=11)


def _draw_errors(axes: Any, c: Comparison) -> None:
    error = np.sqrt(np.mean((c.estimate - c.truth) ** 2, axis=1)) / c.scale
    place = np.arange(len(c.electrodes))
    for i, (tones, color) in enumerate(zip(c.sets, _COLORS, strict=True)):
        label = f"{tones.name}, {100 * c.error[i]:.2g} % in all"
        axes.bar(place + 0.27 * (i - 1), 100 * error[i], 0.25, color=color, label=label)
    axes.axhline(100 * c.truth_error / c.scale, color="black", lw=0.8, ls=":", label="of the truth")
    axes.set_xticks(place, [f"{e}" for e in c.electrodes])
    axes.set_yscale("log")
    axes.set_xlabel("electrode")
    axes.set_ylabel("error over rms gradient, %")
    axes.set_title(f"{len(c.electrodes)} tones, {c.window:g} s", loc="left", fontsize=10)
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * (high / low) ** 0.7)  # room for the words
    axes.legend(frameon=False, fontsize=8, loc="upper left")


def _draw_points(axes: Any, c: Comparison) -> None:
    for i, color in ((1, _COLORS[1]), (0, _COLORS[0]), (2, _COLORS[2])):
        off = 1e9 * (c.estimate[i] - c.truth).ravel()
        axes.plot(1e9 * c.truth.ravel(), off, ".", ms=3, color=color, alpha=0.6)
    axes.set_xlabel("smoothed gradient, nA/V")
    axes.set_ylabel("estimate - smoothed, nA/V")
    axes.grid(alpha=0.25)


def _draw_full(axes: Any, full: FullBand) -> None:
    axes.plot(1e3 * full.predicted, 1e3 * full.measured, ".", ms=4, color=_COLORS[2])
    edge = 1.1e3 * np.abs(full.predicted).max()
    axes.plot([-edge, edge], [-edge, edge], color="black", lw=0.6)
    axes.set_xlabel("predicted error, mA/V")
    axes.set_ylabel("simulated error, mA/V")
    axes.set_title(f"{len(full.plan)} tones, cubic device", loc="left", fontsize=10)
    axes.grid(alpha=0.25)
