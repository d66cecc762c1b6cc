"""What became of a network of devices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hgedsp.checks import FloatArray, IntArray
from hgedsp.graphs.network_task import NetworkSetup
from hgedsp.results import finite_or_none
from hgedsp.train.common import (
    WORKING_MARGIN_NA,
    case_lines,
    case_names,
    measurement_settings,
)
from hgedsp.train.result import Policy


@dataclass(frozen=True)
class Search:
    """Starts from random controls, one after another.

    Attributes
    ----------
    margin_nA : float
        The best, without noise and perturbation.
    starts, successes : int
        How many there were, and how many reached a margin above 1 nA.
    controls_V : array of shape (K,)
        The best.
    loss, margins_nA, start : array of shape (epochs,)
        As measured, and which start each epoch belongs to.
    history_V : array of shape (epochs, K)
        Controls of each epoch.
    """

    margin_nA: float
    starts: int
    successes: int
    controls_V: FloatArray
    loss: FloatArray
    margins_nA: FloatArray
    start: IntArray
    history_V: FloatArray


@dataclass(frozen=True)
class NetworkResult:
    """A network of devices that computes parity, or the failure to train one.

    Attributes
    ----------
    setup : NetworkSetup
        With the amplifiers of the start that the best controls come from.
    found : Search
        Of the network.
    alone : Search or None
        Of one device on the same task.
    currents_nA : array of shape (cases, devices)
        Output of each device with the best controls, without noise and perturbation.
    """

    setup: NetworkSetup
    device: str
    layout: str
    policy: Policy
    found: Search
    alone: Search | None
    currents_nA: FloatArray
    seconds: float
    interrupted: bool = False

    @property
    def success(self) -> bool:
        """Whether the network's margin is above 1 nA."""
        return self.found.margin_nA > WORKING_MARGIN_NA

    def text(self) -> str:
        """Return the outcome, and the output in each case, for people."""
        found, outcome = self.found, "works" if self.success else "does not work"
        lines = [
            f"parity of three inputs on {self.layout} {outcome}: margin {found.margin_nA:.2f} nA, "
            f"{len(self.found.controls_V)} controls at once, {len(found.loss)} epochs, "
            f"{found.starts} start(s), {self.seconds:.1f} s"
        ]
        lines += case_lines(self.currents_nA[:, -1], self.setup.target)
        if self.alone is not None:
            lines.append(
                f"  one device alone: {self.alone.successes} of {self.alone.starts} starts, "
                f"best margin {self.alone.margin_nA:.2f} nA"
            )
        return "\n".join(lines)

    def numbers(self) -> dict[str, Any]:
        """Return result and settings in a form that JSON can take."""
        setup, alone = self.setup, self.alone
        return {
            "task": "network",
            "layout": self.layout,
            "device": self.device,
            "seed": setup.seed,
            "success": self.success,
            "margin_nA": finite_or_none(self.found.margin_nA),
            "epochs": len(self.found.loss),
            "starts": self.found.starts,
            "alone_starts": None if alone is None else alone.starts,
            "alone_successes": None if alone is None else alone.successes,
            "alone_margin_nA": None if alone is None else finite_or_none(alone.margin_nA),
            "parameters_V": [float(v) for v in self.found.controls_V],
            "output_nA": [float(i) for i in self.currents_nA[:, -1]],
            "seconds": round(self.seconds, 3),
            "interrupted": self.interrupted,
            "settings": {
                "controls": [[int(n), int(e)] for n, e in setup.network.controls],
                "target": [float(t) for t in np.asarray(setup.target)],
                "tones_Hz": [float(f) for f in np.asarray(setup.tones().frequency)],
                **measurement_settings(setup),
                "amplifiers_nA": [
                    [1e9 * node.zero, 1e9 * node.span] for node in setup.network.nodes[:-1]
                ],
                "candidates": self.policy.candidates,
                **self.policy.settings(),
            },
        }

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return everything that was measured."""
        found = {
            "loss": self.found.loss,
            "margin_nA": self.found.margins_nA,
            "start": self.found.start,
            "controls_V": self.found.history_V,
            "parameters_V": self.found.controls_V,
            "currents_nA": self.currents_nA,
        }
        if self.alone is not None:
            found["alone_margin_nA"] = self.alone.margins_nA
            found["alone_loss"] = self.alone.loss
        return found

    def draw(self, figure: Any) -> None:
        """Draw what each device gives in each case, and the measured margin and loss."""
        grid = figure.add_gridspec(2, 6)
        devices = self.currents_nA.shape[1]
        span = 6 // devices
        for number in range(devices):
            axes = figure.add_subplot(grid[0, number * span : (number + 1) * span])
            self._draw_device(axes, number)
        self._draw_training(figure.add_subplot(grid[1, :3]), figure.add_subplot(grid[1, 3:]))
        outcome = "works" if self.success else "does not work"
        figure.suptitle(
            f"Parity of three inputs on {devices} device(s) ({self.layout}) {outcome}: margin "
            f"{self.found.margin_nA:.2f} nA, {len(self.found.controls_V)} controls at once "
            f"(device {self.device}, seed {self.setup.seed})"
        )

    def _draw_device(self, axes: Any, number: int) -> None:
        currents = self.currents_nA[:, number]
        last = number == self.currents_nA.shape[1] - 1
        high = np.asarray(self.setup.target) > 0
        colours = np.where(high, "tab:red", "tab:blue") if last else ["0.6"] * len(currents)
        axes.bar(case_names(len(currents)), currents, color=colours)
        axes.axhline(0.0, color="k", lw=0.6)
        if last:
            threshold = (currents[high].min() + currents[~high].max()) / 2
            axes.axhline(threshold, color="k", ls="--", lw=1)
        axes.tick_params(axis="x", labelsize=8)
        title = "output (red: wanted high)" if last else f"device {number}"
        axes.set(title=title, xlabel="case", ylabel="current (nA)" if number == 0 else "")

    def _draw_training(self, loss: Any, margin: Any) -> None:
        epochs = np.arange(1, len(self.found.loss) + 1)
        loss.plot(epochs, self.found.loss, ".", color="tab:purple", ms=2)
        loss.set(xlabel="epoch", ylabel="loss (1 - correlation)", title="Loss, all starts")
        edges = np.flatnonzero(np.diff(self.found.start)) + 1.5
        for axes in (loss, margin):
            for edge in edges:
                axes.axvline(edge, color="0.85", lw=0.8, zorder=0)
        if self.alone is not None:
            theirs = np.arange(1, len(self.alone.loss) + 1)
            label = f"one device: {self.alone.successes} of {self.alone.starts} starts"
            margin.plot(theirs, self.alone.margins_nA, ".", color="0.6", ms=2, label=label)
        label = f"{self.layout}: {self.found.successes} of {self.found.starts} starts"
        margin.plot(epochs, self.found.margins_nA, ".", color="tab:green", ms=3, label=label)
        margin.axhline(self.policy.stop_nA, color="tab:green", ls=":", lw=1)
        floor = min(-5.0, float(np.percentile(self.found.margins_nA, 5, method="nearest")))
        margin.set(xlabel="epoch", ylabel="margin (nA)", title="Measured margin")
        margin.set_ylim(bottom=1.2 * floor)
        margin.legend(loc="lower left", fontsize=8)
