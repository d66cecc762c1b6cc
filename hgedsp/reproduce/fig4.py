"""``hgedsp reproduce fig4``: Boolean gates, and points inside and outside a sphere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm.auto import tqdm

from hgedsp.checks import FloatArray
from hgedsp.devices import choose_device
from hgedsp.graphs.classification import check_inputs
from hgedsp.reproduce.table import Row, as_numbers, as_text
from hgedsp.train.classifier import train_classifier
from hgedsp.train.classifier_result import ClassifierResult
from hgedsp.train.gate import train_gate
from hgedsp.train.result import GateResult

SHOWN_GATES = ("and", "or", "xor", "nand", "nor", "xnor")
_CAPTION = "caption of figure 4"


@dataclass(frozen=True)
class Figure4:
    """Six trained gates, and a trained sphere; fewer gates or no sphere after Ctrl-C."""

    device: str
    seed: int
    gates: tuple[GateResult, ...]
    sphere: ClassifierResult | None
    interrupted: bool = False

    @property
    def success(self) -> bool:
        """Whether all gates work, and 95 % of the fresh points are told apart."""
        if self.interrupted or self.sphere is None:
            return False
        return self.sphere.success and all(gate.success for gate in self.gates)

    @property
    def rows(self) -> list[Row]:
        """The table of our numbers beside the paper's."""
        temperature = Row("temperature of the device", "that of its model", "77 K", _CAPTION)
        return [temperature, *self._gate_rows(), *self._sphere_rows()]

    def _gate_rows(self) -> list[Row]:
        if not self.gates:
            return []
        setup = self.gates[0].setup
        ramp = 1e3 * setup.ramp / setup.sample_rate
        working = sum(gate.success for gate in self.gates)
        return [
            Row("gates that work", f"{working} of {len(self.gates)}"),
            *(
                Row(
                    f"{gate.setup.gate.upper()}: lowest high less highest low case",
                    f"{gate.margin_nA:.2f} nA after {gate.epochs} epochs, {gate.starts} start(s)",
                )
                for gate in self.gates
            ),
            Row("time from one logic state to the next", f"{ramp:g} ms", "15 ms", _CAPTION),
        ]

    def _sphere_rows(self) -> list[Row]:
        if self.sphere is None:
            return []
        sphere, inside = self.sphere, self.sphere.setup.inputs
        return [
            Row("data electrodes, sphere", f"{len(inside)}", "3", _CAPTION),
            Row("control voltages, sphere", f"{sphere.setup.electrodes - len(inside)}"),
            Row("points in training and fresh ones", f"{sphere.label.size}, 1000"),
            Row("thresholds of the current", "1", "1", _CAPTION),
            Row("accuracy on fresh points", f"{sphere.test_accuracy:.1%}"),
            Row("accuracy in training", f"{sphere.training_accuracy:.1%}"),
            Row("iterations, all starts", f"{sphere.epochs}"),
        ]

    def text(self) -> str:
        """Return the table, and what works."""
        return f"{as_text(self.rows)}\n{self._outcome()} (device {self.device}, seed {self.seed})"

    def _outcome(self) -> str:
        if not self.interrupted:
            return "all of it works" if self.success else "NOT all of it works"
        sphere = "the sphere was not trained" if self.sphere is None else "the sphere was stopped"
        return f"{len(self.gates)} of {len(SHOWN_GATES)} gates were trained, {sphere}"

    def numbers(self) -> dict[str, Any]:
        """Return the table and settings for JSON."""
        return {
            "figure": "fig4",
            "device": self.device,
            "seed": self.seed,
            "success": self.success,
            "interrupted": self.interrupted,
            "gates": [gate.numbers() for gate in self.gates],
            "sphere": None if self.sphere is None else self.sphere.numbers(),
            "rows": as_numbers(self.rows),
        }

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return what all trainings left."""
        parts = {gate.setup.gate: gate.arrays() for gate in self.gates}
        if self.sphere is not None:
            parts["sphere"] = self.sphere.arrays()
        return {f"{task}_{name}": a for task, arrays in parts.items() for name, a in arrays.items()}

    def draw(self, figure: Any) -> None:
        """Draw the gates' currents without ramps, and below the sphere."""
        figure.set_size_inches(12, 11)
        above, below = figure.subfigures(2, 1, height_ratios=[1, 1.7])
        panels = above.subplots(2, len(SHOWN_GATES) // 2, sharex=True).ravel()
        for axes, gate in zip(panels, self.gates, strict=False):
            _draw_gate(axes, gate)
        for axes in panels[len(self.gates) :]:
            axes.set_axis_off()
        above.suptitle(f"Boolean gates, ramps cut out (device {self.device})")
        if self.sphere is not None:
            self.sphere.draw(below)


def _draw_gate(axes: Any, gate: GateResult) -> None:
    setup = gate.setup
    time, trace = without_ramps(gate)
    axes.plot(1e3 * time, trace, color="0.45", lw=0.6)
    plateau = 1e3 * setup.plateau / setup.sample_rate
    for case, level in enumerate(gate.output_nA):
        colour = "tab:red" if setup.target[case] else "tab:blue"
        axes.plot([case * plateau, (case + 1) * plateau], [level] * 2, color=colour, lw=2.5)
    axes.set_title(f"{gate.setup.gate.upper()}, {gate.margin_nA:.1f} nA", fontsize=9)
    axes.set_xticks(plateau * (np.arange(4) + 0.5), labels=["00", "01", "10", "11"])
    axes.set_ylabel("nA")


def without_ramps(gate: GateResult) -> tuple[FloatArray, FloatArray]:
    """Return time (s) and current (nA) of the four cases, the ramps between them cut out."""
    setup = gate.setup
    cases = gate.trace_nA.reshape(-1, setup.window)[:, setup.skip :]
    return np.arange(cases.size) / setup.sample_rate, cases.ravel()


def run(*, device: str | None, seed: int, quick: bool, progress: bool) -> Figure4:
    """Train a device to six Boolean gates, and to the sphere.

    Parameters
    ----------
    device : str or None
        Name or file; the default device if None.
    seed : int
        Of starts, points and noise.
    quick : bool
        Of no use here: a training takes as long as it takes.
    progress : bool
        Show progress bars.
    """
    model, name = choose_device(device)
    # Before the gates, which take half a minute.
    check_inputs((0, 1, 2), 3, np.size(model.lower))
    gates: list[GateResult] = []
    sphere, interrupted = None, False
    try:
        for gate in tqdm(SHOWN_GATES, desc="gates", unit="gate", disable=not progress):
            trained = train_gate(gate, model, device_name=name, seed=seed, progress=False)
            if trained.interrupted:
                raise KeyboardInterrupt  # half a training is no gate
            gates.append(trained)
        sphere = train_classifier("sphere", model, device_name=name, seed=seed, progress=progress)
        interrupted = sphere.interrupted
    except KeyboardInterrupt:
        interrupted = True
    return Figure4(name, seed, tuple(gates), sphere, interrupted)
