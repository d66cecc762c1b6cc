"""The picture of the comparison of estimators."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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


_ERROR = "mean |estimate - gradient|$^2$ / |gradient|$^2$"


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
    @property
    def angle(self) -> float: ...
    @property
    def expected_angle(self) -> float: ...


class Points(Protocol):
    """A comparison to be drawn."""

    @property
    def device(self) -> str: ...
    def of(self, sweep: Any) -> Sequence[Point]:
        """Return the points of one comparison."""


def draw(result: Points, figure: Any) -> None:
    """Draw points with error bars, and lines of theory, onto an empty figure.

    A comparison without points is left out: it has no logarithm.
    """
    grid = figure.add_gridspec(2, 2, height_ratios=[3, 2])
    if times := sorted({p.time for p in result.of("time")}):
        over_time = figure.add_subplot(grid[0, 0])
        angle = figure.add_subplot(grid[1, 0], sharex=over_time)
        _draw_over_time(over_time, angle, result, times)
        handles, labels = over_time.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
    if counts := sorted({p.electrodes for p in result.of("electrodes")}):
        _draw_over_count(figure.add_subplot(grid[:, 1]), result, counts)
    figure.suptitle("Estimators side by side: measured points, and lines by theory")


def _draw_over_time(over_time: Any, angle: Any, result: Points, times: list[float]) -> None:
    for points, style in _by_method(result, "time"):
        _errors(over_time, [p.time for p in points], points, style)
        _angles(angle, points, style)
    over_time.set(ylabel=_ERROR, title=f"Against time: {_device(result)}")
    over_time.tick_params(labelbottom=False)
    if len(times) > 1:  # ticks of a single one would leave the axis no width
        angle.set_xticks(times, [f"{time:g}" for time in times])
        angle.minorticks_off()  # their labels would run into each other
    angle.set(xlabel="total measurement time (s)", ylabel="angle to\nbackpropagation (degrees)")


def _draw_over_count(axes: Any, result: Points, counts: list[int]) -> None:
    for points, style in _by_method(result, "electrodes"):
        _errors(axes, [p.electrodes for p in points], points, style)
    long = result.of("electrodes")[0].time
    axes.set(
        xlabel="electrodes K",
        ylabel=_ERROR,
        title=f"Against K: polynomial devices, {long:g} s for all K derivatives",
    )
    axes.set_xscale("log", base=2)
    axes.set_xticks(counts, [str(count) for count in counts])


def _by_method(result: Points, sweep: str) -> Iterator[tuple[list[Point], dict[str, Any]]]:
    """Yield the points of each estimator in a comparison, and how they are drawn."""
    for method, (marker, colour) in zip(METHODS, _STYLES, strict=True):
        points = [p for p in result.of(sweep) if p.label == method.label]
        yield points, {"marker": marker, "color": colour, "label": method.label}


def _device(result: Points) -> str:
    count = next((p.electrodes for p in result.of("time")), 0)
    return f"device {result.device}, K = {count}"


def _errors(axes: Any, x: list[float], points: Sequence[Point], style: dict[str, Any]) -> None:
    error = np.array([p.error for p in points])
    bar = np.array([p.deviation for p in points])
    # On a logarithmic axis a bar must not reach zero.
    axes.errorbar(x, error, [np.minimum(bar, 0.9 * error), bar], ls="", ms=5, capsize=2, **style)
    axes.plot(x, [p.expected for p in points], color=style["color"], lw=1)
    axes.set(xscale="log", yscale="log")
    axes.grid(alpha=0.3)


def _angles(axes: Any, points: Sequence[Point], style: dict[str, Any]) -> None:
    time = [p.time for p in points]
    axes.plot(time, np.degrees([p.angle for p in points]), ls="", ms=5, **style)
    expected = np.degrees([p.expected_angle for p in points])
    axes.plot(time, expected, color=style["color"], lw=1)
    axes.set(xscale="log", yscale="log")
    axes.grid(alpha=0.3)
