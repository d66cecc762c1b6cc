"""Time per sample against the number of tones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hgedsp.benchmarks import closed_loop, open_loop
from hgedsp.benchmarks.machine import processor
from hgedsp.benchmarks.timing import OURS, Result
from hgedsp.checks import PathLike
from hgedsp.errors import import_extra

_PANELS: tuple[tuple[str, str, dict[str, int | str]], ...] = (
    ("closed loop, order 1", closed_loop.NAME, {"order": 1}),
    ("closed loop, order 4", closed_loop.NAME, {"order": 4}),
    ("open loop, windows", open_loop.NAME, {"filter": "window"}),
    ("open loop, low-pass", open_loop.NAME, {"filter": "low-pass"}),
)
_COLOURS = {
    OURS: "tab:blue",
    "plain C": "tab:orange",
    "tuned C": "tab:red",
    "NumPy": "tab:green",
    "NumPy, fresh sines": "tab:green",
    "interpreter": "tab:purple",
    "PathSim": "tab:brown",
    "scipy rfft": "tab:olive",
    "scipy sosfilt": "tab:olive",
}


def draw(results: Sequence[Result], file: PathLike) -> None:
    """Draw all candidates of the closed and the open loop, ours in front.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    pyplot = import_extra("matplotlib.figure", "plot", "drawing benchmarks")
    panels = [(title, _lines(results, name, case)) for title, name, case in _PANELS]
    panels = [(title, lines) for title, lines in panels if lines]
    rows = max(1, -(-len(panels) // 2))
    figure = pyplot.Figure(figsize=(13, 4.5 * rows), layout="constrained")
    for position, (title, lines) in enumerate(panels, 1):
        _panel(figure.add_subplot(rows, 2, position), title, lines)
    figure.suptitle(f"one core of {processor()}")
    figure.savefig(file)


def _lines(
    results: Sequence[Result], workload: str, case: dict[str, int | str]
) -> dict[str, tuple[list[int], list[float]]]:
    """Return K and nanoseconds per candidate."""
    lines: dict[str, tuple[list[int], list[float]]] = {}
    for result in results:
        if result.workload == workload and case.items() <= result.case.items():
            for name in result.rounds:
                tones, times = lines.setdefault(name, ([], []))
                tones.append(int(result.case["K"]))
                times.append(result.median(name))
    return lines


def _panel(axes: Any, title: str, lines: dict[str, tuple[list[int], list[float]]]) -> None:
    for name, (tones, times) in lines.items():
        width, front = (3, 3) if name == OURS else (1.2, 2)
        colour = _COLOURS.get(name, "tab:gray")
        axes.loglog(tones, times, "o-", label=name, color=colour, linewidth=width, zorder=front)
    axes.set(title=title, xlabel="tones K", ylabel="time per sample, ns")
    axes.grid(alpha=0.3)
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
