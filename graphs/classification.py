"""Training a device to tell two classes of points apart, input voltages learnt as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hgedsp.block import Block
from hgedsp.blocks import (
    Adam,
    Concatenate,
    Decimate,
    Hold,
    Margin,
    PlateauSequence,
    Split,
    ToneGenerator,
)
from hgedsp.checks import FloatArray, IntArray, VectorLike, as_vector, require, require_integer
from hgedsp.graph import Graph
from hgedsp.graphs.gate_setup import tone_periods
from hgedsp.graphs.losses import make_loss
from hgedsp.graphs.plateau_means import plateau_means
from hgedsp.graphs.sample import DIRECT, noisy_current
from hgedsp.graphs.signal_path import SignalPath
from hgedsp.wire import as_wire, scope


@dataclass(frozen=True)
class ClassificationSetup:
    """Everything a classifier's training graph is made from.

    Each of E electrodes has two voltages, its *ends*: one that stands for x = -1 and one that
    stands for x = +1. A point is put on as

    v_e = low_e (1 - x_e) / 2 + high_e (1 + x_e) / 2,

    with x_e the coordinate that belongs to an input electrode, and 0 on a control electrode, which
    so lies in the middle of its ends. All ends are learnt: those of the inputs are the learnable
    scale and offset of the input, and stay within the electrode's range by their bounds alone.

    Parameters
    ----------
    points : array of shape (M, D)
        Points of an epoch, coordinates from -1 to 1.
    target : array of shape (M,)
        Class of each point: 1 for the higher current, 0 for the lower.
    device : Block
        Device model: one input of E electrodes (V), one output (A).
    lower, upper : array of shape (E,)
        Valid voltages of each electrode, V.
    inputs : sequence of D int
        Electrodes that take the coordinates.
    initial : array of shape (2 E,)
        Low ends, then high ends, at the start, V.
    sample_rate : float, optional
        Hz.
    plateau, ramp : int, optional
        Samples on each point, and between points. A plateau is one period of the tone plan.
    amplitude : float, optional
        Perturbation amplitude as a share of half of each electrode's range.
    noise : float, optional
        One-sided density of the white output noise, A^2/Hz; the paper's analysis takes
        1e-5 nA^2/Hz at 1 kHz.
    learning_rate : float, optional
        Step of Adam as a share of half of each electrode's range, per epoch.
    loss : str, optional
        One of `hgedsp.graphs.losses.LOSSES`.
    seed : int, optional
        Of the noise.
    path : SignalPath, optional
        What the current passes before it is recorded, and what calibration found of it.
    settle : int, optional
        Samples by which each point is held longer, and which are not averaged: the delay of the
        path and some five time constants of its bandwidth.

    Raises
    ------
    ParameterError
        If shapes do not fit, an input is no electrode, or none is left for a control.
    """

    points: Sequence[Sequence[float]] | FloatArray
    target: VectorLike
    device: Block
    lower: VectorLike
    upper: VectorLike
    inputs: Sequence[int]
    initial: VectorLike
    sample_rate: float = 10e3
    plateau: int = 128
    ramp: int = 12
    amplitude: float = 0.02
    noise: float = 1e-23
    learning_rate: float = 0.1
    loss: str = "correlation"
    seed: int = 0
    path: SignalPath = DIRECT
    settle: int = 0

    def __post_init__(self) -> None:
        low, high = (
            as_vector("classifier", name, getattr(self, name), "V") for name in ("lower", "upper")
        )
        require(
            low.size == high.size and bool(np.all(low < high)),
            "the lower voltages are not below the upper ones",
            "give one lower and one higher voltage per electrode",
        )
        points = np.asarray(self.points, dtype=np.float64)
        require(
            points.ndim == 2 and len(points) == np.size(self.target),
            f"a classifier needs one target per point, got {np.size(self.target)} for points of "
            f"shape {points.shape}",
            "give points of shape (M, D) and M targets of 0 or 1",
        )
        check_inputs(self.inputs, points.shape[1], low.size)
        require_integer("classifier", 0, settle=self.settle)
        self.path.require_settled(self.settle, self.sample_rate)
        require(
            np.size(self.initial) == 2 * low.size,
            f"{low.size} electrodes have {2 * low.size} ends, got {np.size(self.initial)}",
            "give the low ends of all electrodes, then the high ones",
        )

    @property
    def electrodes(self) -> int:
        """Number of electrodes E."""
        return np.size(self.lower)

    @property
    def window(self) -> int:
        """Samples per point, ramp and all."""
        return self.skip + self.plateau

    @property
    def skip(self) -> int:
        """Samples per point that are not averaged, at its start."""
        return self.ramp + self.settle

    @property
    def epoch(self) -> int:
        """Samples of all points together."""
        return len(np.asarray(self.points)) * self.window

    @property
    def half_range(self) -> FloatArray:
        """Half of the range of each electrode, V."""
        wide: FloatArray = (np.asarray(self.upper) - np.asarray(self.lower)) / 2
        return wide

    def tones(self) -> ToneGenerator:
        """Return one tone per electrode on whole periods of a plateau."""
        base = self.sample_rate / self.plateau
        periods = tone_periods(self.electrodes, self.plateau)
        return ToneGenerator(periods * base, self.amplitude * self.half_range, name="tones")

    def updater(self) -> Adam:
        """Return the updater of the ends."""
        return Adam(
            self.learning_rate * np.tile(self.half_range, 2),
            self.initial,
            beta2=0.99,
            lower=np.tile(np.asarray(self.lower, dtype=np.float64), 2),
            upper=np.tile(np.asarray(self.upper, dtype=np.float64), 2),
            name="updater",
        )


def check_inputs(inputs: Sequence[int], coordinates: int, electrodes: int) -> None:
    """Refuse inputs that are not one electrode per coordinate, or leave no control."""
    require(
        len(set(inputs)) == len(inputs) == coordinates,
        f"points of {coordinates} coordinates need as many different inputs, got {tuple(inputs)}",
        "name one electrode per coordinate",
    )
    require(
        electrodes > coordinates,
        f"{electrodes} electrodes leave no control beside {coordinates} inputs",
        "take a device with more electrodes, or points with fewer coordinates",
    )
    for electrode in inputs:
        require_integer("classifier", 0, electrodes - 1, input=electrode)


def on_electrodes(
    points: FloatArray, inputs: Sequence[int] | IntArray, electrodes: int
) -> FloatArray:
    """Return what each electrode sees of points of shape (M, D), shape (M, E); 0 on controls."""
    seen = np.zeros((len(points), electrodes))
    seen[:, list(inputs)] = points
    return seen


def voltages(points: FloatArray, inputs: Sequence[int], ends: FloatArray) -> FloatArray:
    """Return the voltages of all electrodes at points of shape (M, D), shape (M, E), V."""
    low, high = np.split(np.asarray(ends, dtype=np.float64), 2)
    seen = on_electrodes(points, inputs, low.size)
    return low * (1 - seen) / 2 + high * (1 + seen) / 2


def classification(setup: ClassificationSetup) -> Graph:
    """Return the graph that trains a classifier, all derivatives taken at once at every point.

    The points are held one after another. At each of them level and derivatives for all electrodes
    are averaged over a plateau; a loss over all points of the epoch chains them to the ends, which
    step once per epoch. Other points (parameter ``points.points``, shape (M, E), as
    `on_electrodes` makes it) may be set between epochs, with the same targets.

    Returns
    -------
    Graph
        Without inputs. Outputs `current` (A, every sample); `loss`, `margin` (nA), `levels` (nA, M
        points) and `ends` (V), once per epoch.
    """
    target = as_vector("classifier", "target", setup.target)
    seen = on_electrodes(np.asarray(setup.points), setup.inputs, setup.electrodes)
    points = PlateauSequence(seen, setup.settle + setup.plateau, setup.ramp, name="points")
    tone, updater = setup.tones(), setup.updater()

    held = Hold(setup.epoch, name="hold")(updater.parameters)
    low, high = Split([setup.electrodes] * 2, name="ends")(held)
    with scope("sample"):
        put_on = (low + high) * 0.5 + points.values * ((high - low) * 0.5)
        voltage = put_on + tone.perturbation
        current = noisy_current(setup.device, voltage, setup.noise, setup.seed, setup.path)
    in_nA = current * 1e9
    level, derivative = plateau_means(
        in_nA, tone, window=setup.window, skip=setup.skip, path=setup.path
    )
    with scope("chain"):
        half = derivative * 0.5
        moved = half * as_wire(Decimate(setup.window, name="point")(points.values))
        of_ends = Concatenate(2, name="of_ends")(half - moved, half + moved)
    loss, gradient = make_loss(setup.loss, target)(level, of_ends)
    updater(gradient)

    margin, levels = Margin(target, name="margin")(level)
    return Graph(
        setup.sample_rate,
        {
            "current": current,
            "loss": loss,
            "margin": margin,
            "levels": levels,
            "ends": updater.parameters,
        },
        name=f"classification of {len(target)} points",
    )
