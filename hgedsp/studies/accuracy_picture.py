"""The picture of the study of accuracy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hgedsp.checks import FloatArray
from hgedsp.studies.accuracy_case import TOLERANCE, Z95, Case

_COLOURS = {"boxcar": "#1f5fa8", "1 pole": "#c8402f", "4 poles": "#d9a441"}
_GREY = "#8a8f98"


def draw_accuracy(figure: Any, cases: Sequence[Case]) -> None:
    """Draw measured against predicted, tone by tone, and both ratios case by case."""
    grid = figure.add_gridspec(2, 2, height_ratios=(5, 4))
    _draw_bias(figure.add_subplot(grid[0, 0]), cases)
    _draw_sigma(figure.add_subplot(grid[0, 1]), cases)
    _draw_ratios(figure.add_subplot(grid[1, :]), cases)


def _draw_bias(axes: Any, cases: Sequence[Case]) -> None:
    # Of the sign that is predicted; what has the other one has no place on logarithmic axes.
    for case in cases:
        x, y = 1e9 * np.abs(case.predicted_bias), 1e9 * np.sign(case.predicted_bias)
        error = 1e9 * Z95 * case.values.std(axis=0, ddof=1) / np.sqrt(case.repeats)
        _points(axes, case, x, y * case.measured_bias, error)
    _finish(axes, "bias of a derivative, nA/V")


def _draw_sigma(axes: Any, cases: Sequence[Case]) -> None:
    for case in cases:
        x = 1e9 * np.sqrt(case.predicted_variance)
        y = 1e9 * case.values.std(axis=0, ddof=1)
        _points(axes, case, x, y, Z95 * y / np.sqrt(2 * (case.repeats - 1)))
    _finish(axes, "standard deviation of a derivative, nA/V")


def _points(axes: Any, case: Case, x: FloatArray, y: FloatArray, error: FloatArray) -> None:
    seen = y > 0
    axes.errorbar(
        x[seen],
        y[seen],
        np.minimum(error, 0.9 * np.abs(y))[seen],
        fmt="o" if case.device == "polynomial" else "s",
        color=_COLOURS[case.filter],
        markersize=2.5,
        linewidth=0.6,
        alpha=0.6,
    )


def _finish(axes: Any, name: str) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    low = min(axes.get_xlim()[0], axes.get_ylim()[0])
    high = max(axes.get_xlim()[1], axes.get_ylim()[1])
    axes.plot([low, high], [low, high], color="black", linewidth=0.8, zorder=0)
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    axes.set_title(name, loc="left")
    axes.set_xlabel("predicted")
    axes.set_ylabel("measured")
    axes.grid(alpha=0.25)


def _draw_ratios(axes: Any, cases: Sequence[Case]) -> None:
    axes.axhspan(1 - TOLERANCE, 1 + TOLERANCE, color=_GREY, alpha=0.15)
    axes.axhline(1, color="black", linewidth=0.6)
    for number, case in enumerate(cases):
        for place, ratio, mark in ((-0.2, case.bias_ratio, "D"), (0.2, case.variance_ratio, "o")):
            axes.errorbar(
                number + place,
                ratio.value,
                ratio.half_width,
                fmt=mark,
                color=_COLOURS[case.filter],
                markersize=3.5,
            )
    for way, colour in _COLOURS.items():
        axes.plot([], [], color=colour, label=way)
    axes.plot([], [], "D", color="black", markersize=3.5, label="bias")
    axes.plot([], [], "o", color="black", markersize=3.5, label="variance")
    axes.legend(ncols=5, loc="upper right", frameon=False)
    _name_groups(axes, cases)
    axes.set_xlim(-1, len(cases))
    axes.set_ylabel("measured / predicted, 95 %")
    axes.set_ylim(1 - 2 * TOLERANCE, 1 + 2.4 * TOLERANCE)
    axes.grid(alpha=0.25, axis="y")


def _name_groups(axes: Any, cases: Sequence[Case]) -> None:
    """Name each run of cases of one device and number of tones, below its middle."""
    names = [f"{Path(case.device).stem[:16]}\n{_tones(case.tones)}" for case in cases]
    starts = [n for n, name in enumerate(names) if n == 0 or name != names[n - 1]]
    ends = [*starts[1:], len(cases)]
    for start in starts[1:]:
        axes.axvline(start - 0.5, color=_GREY, linewidth=0.6)
    middles = [(start + end - 1) / 2 for start, end in zip(starts, ends, strict=True)]
    axes.set_xticks(middles, [names[start] for start in starts])
    axes.tick_params(axis="x", length=0)
    kinds = list(dict.fromkeys(case.noise for case in cases))
    axes.set_title(f"from left to right in each part: {', '.join(kinds)}", loc="left")


def _tones(number: int) -> str:
    return "1 tone" if number == 1 else f"{number} tones"
