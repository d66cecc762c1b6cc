"""A trained classifier: how well it does on fresh points, and all that led there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hgedsp.checks import FloatArray, IntArray
from hgedsp.devices import Device
from hgedsp.graphs.classification import ClassificationSetup, voltages
from hgedsp.train import classifier_picture
from hgedsp.train.common import measurement_settings
from hgedsp.train.data_sets import DataSet
from hgedsp.train.race import Race
from hgedsp.train.threshold import accuracy

REACHED = 0.95


def levels_nA(device: Device, points: FloatArray, inputs: IntArray, ends: FloatArray) -> FloatArray:
    """Return the currents at points, without perturbation and noise, nA."""
    return 1e9 * np.asarray(device.current(voltages(points, inputs.tolist(), ends)))


@dataclass(frozen=True)
class RaceHistory:
    """The start that was trained in each epoch, its loss and accuracy; and the best start."""

    start: IntArray
    loss: FloatArray
    accuracy: FloatArray
    best: int


@dataclass(frozen=True)
class ClassifierResult:
    """A trained classifier, or the failure to train one.

    Attributes
    ----------
    setup : ClassificationSetup
        With the inputs and the ends (`initial`) of the best start.
    epochs, starts : int
        Of all starts together.
    seconds : float
        Wall time, compilation included.
    threshold_nA : float
        The current that parts the training points best; class 1 lies above it.
    training_accuracy : float
        Share of the training points on the right side of it.
    points, label, output_nA : arrays of shape (M, D), (M,), (M,)
        Training points, and the current at each, without perturbation and noise.
    test_points, test_label, test_output_nA : arrays
        The same for fresh points, which had no part in training, threshold, or choice of a start.
    """

    task: str
    data: DataSet
    device: str
    setup: ClassificationSetup
    seed: int
    gap: float
    race: Race
    epochs: int
    starts: int
    seconds: float
    threshold_nA: float
    training_accuracy: float
    points: FloatArray
    label: FloatArray
    output_nA: FloatArray
    test_points: FloatArray
    test_label: FloatArray
    test_output_nA: FloatArray
    history: RaceHistory
    interrupted: bool = False

    @property
    def test_accuracy(self) -> float:
        """Share of the fresh points on the right side of the threshold."""
        return accuracy(self.test_output_nA, self.test_label, self.threshold_nA)

    @property
    def success(self) -> bool:
        """Whether at least 95 % of the fresh points are told apart."""
        return self.test_accuracy >= REACHED

    @property
    def ends_V(self) -> FloatArray:
        """Voltages that stand for -1 and for +1 on each electrode, shape (2, E), V."""
        return np.asarray(self.setup.initial, dtype=np.float64).reshape(2, -1)

    def text(self) -> str:
        """Return accuracies, threshold and voltages, and if it fails what to try, for people."""
        outcome = "works" if self.success else "does not work"
        low, high = self.ends_V
        inputs = ", ".join(f"{e}: {low[e]:+.3f} to {high[e]:+.3f} V" for e in self.setup.inputs)
        controls = ", ".join(
            f"{e}: {(low[e] + high[e]) / 2:+.3f} V"
            for e in range(low.size)
            if e not in self.setup.inputs
        )
        return (
            f"{self.task.upper()} {outcome}: accuracy {self.test_accuracy:.1%} of "
            f"{self.test_label.size} fresh points ({self.training_accuracy:.1%} of "
            f"{self.label.size} in training), {self.epochs} epochs, {self.starts} start(s), "
            f"{self.seconds:.1f} s\n"
            f"  one threshold, {self.threshold_nA:.2f} nA\n"
            f"  inputs {inputs}\n  controls {controls}{self._advice()}"
        )

    def _advice(self) -> str:
        """Return a line that says what is missing and what may help, nothing if nothing is."""
        if self.success:
            return ""
        if self.interrupted:
            return f"\n  {REACHED:.0%} are asked for, and training was interrupted: let it go on"
        wider = ", a wider gap" if self.data.has_gap else ""
        return (
            f"\n  {REACHED:.0%} are asked for: try another seed (other starts), other inputs, "
            f"another loss{wider}"
        )

    def numbers(self) -> dict[str, Any]:
        """Return result and settings in a form that JSON can take."""
        setup, race = self.setup, self.race
        return {
            "task": self.task,
            "device": self.device,
            "seed": self.seed,
            "success": self.success,
            "test_accuracy": self.test_accuracy,
            "training_accuracy": self.training_accuracy,
            "threshold_nA": self.threshold_nA,
            "epochs": self.epochs,
            "starts": self.starts,
            "best_start": self.history.best,
            "samples": self.epochs * setup.epoch,
            "seconds": round(self.seconds, 3),
            "inputs": [int(e) for e in setup.inputs],
            "parameters_V": self.ends_V.tolist(),
            "interrupted": self.interrupted,
            "settings": {
                "loss": setup.loss,
                "gap": self.gap if self.data.has_gap else None,
                "points_per_epoch": np.size(setup.target),
                "training_points": int(self.label.size),
                "test_points": int(self.test_label.size),
                **measurement_settings(setup),
                "stages": [list(stage) for stage in race.stages],
                "aim": race.aim,
                "acceptable": race.acceptable,
                "max_epochs": race.max_epochs,
            },
        }

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return points, currents and what was measured in each epoch."""
        return {
            "loss": self.history.loss,
            "accuracy": self.history.accuracy,
            "start": self.history.start,
            "ends_V": self.ends_V,
            "points": self.points,
            "label": self.label,
            "output_nA": self.output_nA,
            "test_points": self.test_points,
            "test_label": self.test_label,
            "test_output_nA": self.test_output_nA,
        }

    def draw(self, figure: Any) -> None:
        """Draw points, current against feature, and loss onto an empty matplotlib figure."""
        classifier_picture.draw(self, figure)
