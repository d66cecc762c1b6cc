"""The picture of the comparison of estimators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from hgedsp.studies.estimators_methods import METHODS

_STYLES = (
    ("o", "tab:blue"),
    ("s", "tab:cyan"),
    ("^", "tab:orange"),
    ("v", "tab:brown"),
    ("D", "tab:red"),
    ("P", "tab:green"),
    ("o", "tab:purple"),
    ("x", "tab:pink"),
)


class Point(Protocol):
    """What is drawn of one measurement."""

    @property
    def label(self) -> str: ...
    @property
    def electrodes(self) -> int: ...
    @property
    def time(self) -> float: ...
    @property
    def error(self) -> float: ...
    @property
    def deviation(self) -> float: ...
    @property
    def expected(self) -> float: ...


class Points(Protocol):
    """A comparison to be drawn."""

    @property
    def device(self) -> str: ...
    def of(self, sweep: Any) -> Sequence[Point]:
        """Return the points of one comparison."""


def draw(result: Points, figure: Any) -> None:
    """Draw points with error bars, and lines of theory, onto an empty figure."""
    grid = figure.add_gridspec(1, 2)
    over_time = figure.add_subplot(grid[0, 0])
    over_count = figure.add_subplot(grid[0, 1])
    for method, (marker, colour) in zip(METHODS, _STYLES, strict=True):
        style = {"marker": marker, "color": colour, "label": method.label}
        _points(over_time, [p for p in result.of("time") if p.label == method.label], "time", style)
        of_count = [p for p in result.of("electrodes") if p.label == method.label]
        _points(over_count, of_count, "electrodes", style)
    over_time.set(
        xlabel="total measurement time (s)",
        ylabel="mean |estimate - gradient|$^2$ / |gradient|$^2$",
        title=f"Against time: device {result.device}",
    )
    _angles(over_time)
    long = next((p.time for p in result.of("electrodes")), 0.0)
    over_count.set(
        xlabel="electrodes K",
        title=f"Against K: polynomial devices, {long:g} s for all K derivatives",
    )
    over_count.set_xscale("log", base=2)
    counts = sorted({p.electrodes for p in result.of("electrodes")})
    over_count.set_xticks(counts, [str(count) for count in counts])
    handles, labels = over_time.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
    figure.suptitle("Estimators side by side: points measured, lines by theory")


def _points(axes: Any, points: Sequence[Point], against: str, style: dict[str, Any]) -> None:
    x = [getattr(p, against) for p in points]
    error = np.array([p.error for p in points])
    bar = np.array([p.deviation for p in points])
    # On a logarithmic axis a bar must not reach zero.
    bars = [np.minimum(bar, 0.9 * error), bar]
    axes.errorbar(x, error, bars, ls="none", ms=5, capsize=2, **style)
    axes.plot(x, [p.expected for p in points], color=style["color"], lw=1)
    axes.set(xscale="log", yscale="log")
    axes.grid(alpha=0.3)


def _angles(axes: Any) -> None:
    """Put the angle that belongs to an error beside its axis; exact for errors across."""
    axes.secondary_yaxis(
        "right",
        functions=(
            lambda error: np.degrees(np.arctan(np.sqrt(np.maximum(error, 0.0)))),
            lambda angle: np.tan(np.radians(np.clip(angle, 0.0, 89.9))) ** 2,
        ),
    ).set_ylabel("angle to backpropagation, about (degrees)")
