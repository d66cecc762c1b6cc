"""What a training needs to know, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from hgedsp.checks import FloatArray, IntArray, require_integer, require_positive
from hgedsp.graphs import GateSetup
from hgedsp.results import finite_or_none
from hgedsp.train import gate_picture
from hgedsp.train.common import case_lines, measurement_settings


@dataclass(frozen=True)
class Policy:
    """When training stops, and when it starts again from other controls.

    Parameters
    ----------
    max_epochs : int
        Epochs, or cycles of the four cases, of all starts together.
    stop_nA : float
        Measured margin at which training stops; above the 1 nA that a gate must have, for the
        measured one is noisy and, in the continuous mode, late.
    epochs_per_start : int
        Epochs after which a start is given up.
    patience : int
        Epochs without the loss falling by `progress` after which a start is given up.
    progress : float
        Fall of the loss that counts.
    warm_up : int
        Epochs at each start in which the controls stay, while filters settle.
    candidates : int
        Random settings of the controls that are measured for a moment at each start, without
        perturbation; it goes on from the one whose levels have the least correlation loss.
    """

    max_epochs: int = 2000
    stop_nA: float = 2.5
    epochs_per_start: int = 100
    patience: int = 20
    progress: float = 0.01
    warm_up: int = 0
    candidates: int = 1

    def __post_init__(self) -> None:
        require_positive("training", "nA", margin=self.stop_nA)
        require_integer("training", 1, max_epochs=self.max_epochs)
        require_integer("training", 1, epochs_per_start=self.epochs_per_start)
        require_integer("training", 1, patience=self.patience)
        require_integer("training", 0, warm_up=self.warm_up)
        require_integer("training", 1, candidates=self.candidates)

    def settings(self) -> dict[str, Any]:
        """Return when it stops and starts again, in a form that JSON can take."""
        return {
            "stop_nA": self.stop_nA,
            "max_epochs": self.max_epochs,
            "epochs_per_start": self.epochs_per_start,
            "patience": self.patience,
        }


@dataclass(frozen=True)
class History:
    """What was measured in each epoch: arrays with one row per epoch."""

    loss: FloatArray
    margin_nA: FloatArray
    levels_nA: FloatArray
    controls_V: FloatArray
    start: IntArray


@dataclass(frozen=True)
class GateResult:
    """A trained gate, or the failure to train one.

    Attributes
    ----------
    device : str
        Name of the device.
    success : bool
        Whether the noise-free margin is above 1 nA.
    margin_nA : float
        Lowest high case minus highest low case, without perturbation and noise.
    epochs, samples, starts : int
        Of all starts together; samples with those that choosing among candidates took.
    seconds : float
        Wall time, compilation included.
    parameters_V : array of shape (E - 2,)
        Control voltages.
    output_nA : array of shape (4,)
        Noise-free current of the cases 00, 01, 10, 11.
    trace_nA : array of shape (N,)
        One epoch with noise, without perturbation.
    input_levels_V : array of shape (2, 2)
        Low and high voltage of each input electrode.
    """

    setup: GateSetup
    device: str
    mode: str
    policy: Policy
    success: bool
    margin_nA: float
    epochs: int
    samples: int
    starts: int
    seconds: float
    parameters_V: FloatArray
    output_nA: FloatArray
    trace_nA: FloatArray
    history: History
    input_levels_V: FloatArray
    interrupted: bool = False

    def text(self) -> str:
        """Return the outcome, the four cases and the control voltages, for people."""
        setup, outcome = self.setup, "works" if self.success else "does not work"
        volts = zip(setup.controls, self.parameters_V, strict=True)
        levels = zip(setup.inputs, self.input_levels_V, strict=True)
        return "\n".join(
            [
                f"{setup.gate.upper()} {outcome}: margin {self.margin_nA:.2f} nA, "
                f"{self.epochs} epochs, {self.samples} samples, {self.starts} start(s), "
                f"{self.seconds:.1f} s",
                *case_lines(self.output_nA, setup.target),
                "  controls " + ", ".join(f"{e}: {v:+.3f} V" for e, v in volts),
                "  inputs   " + ", ".join(f"{e}: {a:+.3f}, {b:+.3f} V" for e, (a, b) in levels),
            ]
        )

    def numbers(self) -> dict[str, Any]:
        """Return result and settings in a form that JSON can take."""
        setup, policy = self.setup, self.policy
        return {
            "task": setup.gate,
            "device": self.device,
            "seed": setup.seed,
            "mode": self.mode,
            "loss": setup.loss if self.mode == "epoch" else "squared-error",
            "success": self.success,
            "margin_nA": finite_or_none(self.margin_nA),
            "epochs": self.epochs,
            "starts": self.starts,
            "samples": self.samples,
            "seconds": round(self.seconds, 3),
            "parameters_V": [float(v) for v in self.parameters_V],
            "input_levels_V": self.input_levels_V.tolist(),
            "output_nA": [float(i) for i in self.output_nA],
            "interrupted": self.interrupted,
            "settings": {
                "inputs": [int(e) for e in setup.inputs],
                "controls": list(setup.controls),
                **measurement_settings(setup),
                **policy.settings(),
                "candidates": policy.candidates,
                "learn_inputs": setup.learn_inputs,
            },
        }

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return everything that was measured."""
        history = self.history
        return {
            "loss": history.loss,
            "margin_nA": history.margin_nA,
            "levels_nA": history.levels_nA,
            "controls_V": history.controls_V,
            "start": history.start,
            "parameters_V": self.parameters_V,
            "input_levels_V": self.input_levels_V,
            "output_nA": self.output_nA,
            "trace_nA": self.trace_nA,
        }

    def draw(self, figure: Any) -> None:
        """Draw cases, loss and control voltages onto an empty matplotlib figure."""
        gate_picture.draw(self, figure)
