"""The picture of a trained classifier: the points, the threshold, the loss."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from hgedsp.checks import FloatArray
from hgedsp.graphs.losses import LOSSES

if TYPE_CHECKING:
    from hgedsp.train.classifier_result import ClassifierResult

_COLOURS = {0: "tab:blue", 1: "tab:red"}


def draw(result: ClassifierResult, figure: Any) -> None:
    """Draw the fresh points by their current, current against feature, and the loss by epoch."""
    grid = figure.add_gridspec(2, 2, width_ratios=[1.15, 1.0])
    depth = {"projection": "3d"} if result.data.dimensions == 3 else {}
    _draw_points(figure, figure.add_subplot(grid[:, 0], **depth), result)
    _draw_threshold(figure.add_subplot(grid[0, 1]), result)
    _draw_loss(figure.add_subplot(grid[1, 1]), result)
    outcome = "works" if result.success else "does not work"
    figure.suptitle(
        f"{result.task.upper()} {outcome}: {result.test_accuracy:.1%} of fresh points, "
        f"{result.epochs} epochs, {result.starts} start{'s' * (result.starts > 1)} "
        f"(device {result.device}, seed {result.seed})"
    )


def _draw_points(figure: Any, axes: Any, result: ClassifierResult) -> None:
    levels = result.test_output_nA
    # White is the threshold: the colour says what the device takes a point for.
    low, high = np.percentile(levels, [2, 98]) - result.threshold_nA
    shade = np.where(levels < result.threshold_nA, -1 / min(low, -1e-9), 1 / max(high, 1e-9))
    colour = np.clip(shade * (levels - result.threshold_nA), -1, 1)
    for label, marker in ((0, "^"), (1, "o")):
        chosen = result.test_label == label
        shown = axes.scatter(
            *result.test_points[chosen].T,
            c=colour[chosen],
            cmap="coolwarm",
            vmin=-1,
            vmax=1,
            marker=marker,
            s=22,
            edgecolor="0.3",
            linewidth=0.3,
            label=f"class {label}",
        )
    inputs = [f"$x$ on electrode {e}" for e in result.setup.inputs]
    axes.set(xlabel=inputs[0], ylabel=inputs[1], title="Fresh points, coloured by current")
    if len(inputs) == 3:
        ends = [-1, 0, 1]  # more would run into each other
        axes.set(zlabel=inputs[2], xticks=ends, yticks=ends, zticks=ends)
    axes.set_box_aspect((1, 1, 1) if len(inputs) == 3 else 1)
    axes.legend(loc="upper left" if len(inputs) == 3 else "best", fontsize=8)
    bar = figure.colorbar(shown, ax=axes, orientation="horizontal", shrink=0.7, pad=0.06)
    edges = [result.threshold_nA + low, result.threshold_nA, result.threshold_nA + high]
    digits = max(0, 2 - math.floor(math.log10(max(high - low, 1e-9))))  # the three must differ
    bar.set_ticks([-1, 0, 1], labels=[f"{edge:.{digits}f}" for edge in edges])
    bar.set_label("output current (nA), white at the threshold")


def _draw_threshold(axes: Any, result: ClassifierResult) -> None:
    feature: FloatArray = result.data.value(result.test_points)
    for label in (0, 1):
        chosen = result.test_label == label
        axes.plot(
            feature[chosen],
            result.test_output_nA[chosen],
            "^o"[label],
            color=_COLOURS[label],
            ms=2.5,
            label=f"class {label}",
        )
    axes.axhline(result.threshold_nA, color="k", ls="--", lw=1, label="threshold")
    axes.set(xlabel=result.data.feature, ylabel="current (nA)", title="Current and one threshold")
    axes.legend(fontsize=8)


def _draw_loss(axes: Any, result: ClassifierResult) -> None:
    history = result.history
    epoch = np.zeros(history.start.size, dtype=np.int64)
    for start in np.unique(history.start):
        epoch[history.start == start] = np.arange(1, np.sum(history.start == start) + 1)
    axes.plot(epoch, history.loss, ".", color="0.8", ms=2, label="all starts")
    best = history.start == history.best
    axes.plot(epoch[best], history.loss[best], color="tab:purple", lw=1, label="the best")
    axes.set(
        xlabel="epoch of the start",
        ylabel=f"loss ({LOSSES[result.setup.loss].unit})",
        title=f"Loss of {result.starts} starts: the better ones go on",
    )
    axes.legend(fontsize=8)
