"""The picture of a trained gate: cases, loss and control voltages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hgedsp.graphs.losses import LOSSES

if TYPE_CHECKING:
    from hgedsp.train.result import GateResult


def draw(result: GateResult, figure: Any) -> None:
    """Draw the four cases with the threshold, the loss and the control voltages over epochs."""
    grid = figure.add_gridspec(2, 2)
    _draw_cases(figure.add_subplot(grid[0, :]), result)
    _draw_loss(figure.add_subplot(grid[1, 0]), result)
    _draw_controls(figure.add_subplot(grid[1, 1]), result)
    outcome = "works" if result.success else "does not work"
    figure.suptitle(
        f"{result.setup.gate.upper()} {outcome}: margin {result.margin_nA:.2f} nA after "
        f"{result.epochs} epochs, {result.starts} start{'s' * (result.starts > 1)} "
        f"({result.mode}, device {result.device}, seed {result.setup.seed})"
    )


def _draw_cases(axes: Any, result: GateResult) -> None:
    setup = result.setup
    window = setup.window
    milliseconds = 1e3 * np.arange(setup.epoch) / setup.sample_rate
    axes.plot(milliseconds, result.trace_nA, color="0.55", lw=0.7, label="output with noise")
    high = setup.target > 0
    for case, level in enumerate(result.output_nA):
        start, end = milliseconds[case * window + setup.skip], milliseconds[(case + 1) * window - 1]
        colour = "tab:red" if high[case] else "tab:blue"
        label = {0: "wanted low", 1: "wanted high"}[int(high[case])]
        first = list(high).index(high[case]) == case
        axes.plot([start, end], [level, level], color=colour, lw=3, label=label if first else None)
        axes.annotate(
            f"{case // 2}{case % 2}",
            ((start + end) / 2, 0.97),
            ha="center",
            va="top",
            xycoords=("data", "axes fraction"),
            fontsize=12,
        )
    threshold = (result.output_nA[high].min() + result.output_nA[~high].max()) / 2
    axes.axhline(threshold, color="k", ls="--", lw=1, label="threshold")
    axes.set(xlabel="time (ms)", ylabel="output current (nA)", title="The four input cases")
    axes.margins(y=0.15)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)


def _draw_loss(axes: Any, result: GateResult) -> None:
    history = result.history
    epochs = np.arange(1, len(history.loss) + 1)
    axes.plot(epochs, history.loss, ".-", color="tab:purple", ms=3, lw=0.8)
    kind = result.setup.loss if result.mode == "epoch" else "squared-error"
    unit = LOSSES[kind].unit
    axes.set(xlabel="epoch", ylabel=f"loss ({unit})", title="Loss and measured margin")
    margin = axes.twinx()
    margin.plot(epochs, history.margin_nA, ".-", color="tab:green", ms=3, lw=0.8)
    margin.axhline(result.policy.stop_nA, color="tab:green", ls=":", lw=1)
    margin.set_ylabel("margin (nA)", color="tab:green")
    _mark_starts(axes, history.start)


def _draw_controls(axes: Any, result: GateResult) -> None:
    history = result.history
    epochs = np.arange(1, len(history.loss) + 1)
    for column, electrode in enumerate(result.setup.controls):
        axes.plot(
            epochs,
            history.controls_V[:, column],
            ".-",
            ms=3,
            lw=0.8,
            label=f"electrode {electrode}",
        )
    axes.set(xlabel="epoch", ylabel="control voltage (V)", title="Control voltages")
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    _mark_starts(axes, history.start)


def _mark_starts(axes: Any, start: Any) -> None:
    axes.xaxis.get_major_locator().set_params(integer=True)
    for epoch in np.flatnonzero(np.diff(start)) + 1.5:
        axes.axvline(epoch, color="0.8", lw=0.8, zorder=0)
