"""The two constant Boolean functions: nothing to learn, and it says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hgedsp.block import Block
from hgedsp.checks import FloatArray
from hgedsp.devices import require_device
from hgedsp.graphs import CONSTANTS, GateSetup
from hgedsp.train.common import case_names

# Distance of the threshold from the nearest of the four currents, as wide as a gate's margin.
_DISTANCE_NA = 1.0


@dataclass(frozen=True)
class ConstantResult:
    """A device that is high (or low) in all four cases, by the choice of the threshold alone.

    Attributes
    ----------
    controls_V : array of shape (E - 2,)
        Control voltages: the middle of their ranges, as good as any.
    output_nA : array of shape (4,)
        Noise-free current of the cases 00, 01, 10, 11.
    threshold_nA : float
        1 nA below the lowest current for "true", as far above the highest for "false".
    """

    task: str
    device: str
    seed: int
    controls_V: FloatArray
    output_nA: FloatArray
    threshold_nA: float
    success: bool = True
    interrupted: bool = False

    def text(self) -> str:
        """Return the four cases and the threshold, for people."""
        side = "below" if CONSTANTS[self.task] else "above"
        cases = (
            f"  {name} -> {level:8.2f} nA"
            for name, level in zip(case_names(4), self.output_nA, strict=True)
        )
        return "\n".join(
            [
                f"{self.task.upper()} needs no training: a threshold {side} all currents, "
                f"{self.threshold_nA:.2f} nA, will do for any controls",
                *cases,
            ]
        )

    def numbers(self) -> dict[str, Any]:
        """Return the result in a form that JSON can take."""
        return {
            "task": self.task,
            "device": self.device,
            "seed": self.seed,
            "success": self.success,
            "margin_nA": None,
            "threshold_nA": self.threshold_nA,
            "epochs": 0,
            "starts": 0,
            "samples": 0,
            "seconds": 0.0,
            "parameters_V": self.controls_V.tolist(),
            "output_nA": self.output_nA.tolist(),
            "interrupted": self.interrupted,
        }

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return controls and currents."""
        return {"parameters_V": self.controls_V, "output_nA": self.output_nA}

    def draw(self, figure: Any) -> None:
        """Draw the four currents and the threshold onto an empty matplotlib figure."""
        axes = figure.add_subplot()
        axes.plot(case_names(4), self.output_nA, "o", label="output")
        axes.axhline(self.threshold_nA, color="k", ls="--", lw=1, label="threshold")
        axes.set(xlabel="input case", ylabel="output current (nA)")
        axes.set_title(f"{self.task.upper()} needs no training (device {self.device})")
        axes.legend()


def make_constant(
    task: str,
    device: Block,
    *,
    device_name: str = "",
    seed: int = 0,
    inputs: Sequence[int] = (1, 2),
) -> ConstantResult:
    """Return a device with the threshold that makes it a constant.

    Parameters
    ----------
    task : {"false", "true"}
        Which constant.
    device : Block
        A device with methods `current`, `lower` and `upper`.
    device_name : str, optional
        What the result calls the device; its class if left out.
    seed : int
        Kept in the result; nothing is drawn.
    inputs : pair of int, optional
        Electrodes that take the logical inputs.

    Raises
    ------
    ParameterError
        If the device, or an input, will not do for a gate.
    """
    model = require_device(device, "be a gate")
    middle = (np.asarray(model.lower) + np.asarray(model.upper)) / 2
    # Voltages and checks of any gate: its target is not used.
    setup = GateSetup("xor", device, model.lower, model.upper, middle, inputs=inputs)
    controls = middle[list(setup.controls)]
    levels = 1e9 * np.asarray(model.current(setup.electrode_voltages(controls)))
    low, high = levels.min() - _DISTANCE_NA, levels.max() + _DISTANCE_NA
    threshold = float(low if CONSTANTS[task] else high)
    name = device_name or type(device).__name__
    return ConstantResult(task, name, seed, controls, levels, threshold)
