"""What a training needs to know, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np

from hgedsp.checks import FloatArray, IntArray, VectorLike, require_integer, require_positive
from hgedsp.graphs import GateSetup


@runtime_checkable
class Device(Protocol):
    """A device model that can also be evaluated without a graph."""

    def current(self, voltage: VectorLike) -> float | FloatArray:
        """Return the current (A) at voltages of shape (E,) or (N, E), V."""

    @property
    def lower(self) -> FloatArray:
        """Lowest valid voltage of each electrode, V."""

    @property
    def upper(self) -> FloatArray:
        """Highest valid voltage of each electrode, V."""


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
    interrupted: bool = field(default=False)
    input_levels_V: FloatArray = field(default_factory=lambda: np.empty((2, 2)))
