"""Losses to be made smaller: a narrow valley, and a device that is to do what a teacher does."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hgedsp.blocks import (
    Concatenate,
    Gain,
    Matrix,
    PlateauSequence,
    Select,
    SquaredError,
    Sum,
    ToneGenerator,
    WhiteNoise,
)
from hgedsp.checks import FloatArray, require
from hgedsp.devices import Model
from hgedsp.wire import Wire, as_wire

# Whole periods per window: odd, within one octave, twice a Golomb ruler plus 23.
_PERIODS = np.array([23, 25, 31, 41, 45])
_DIMENSIONS = len(_PERIODS)
_INPUTS = (1, 2)
_WINDOW, _SECONDS = 256, 0.05


@dataclass(frozen=True)
class Problem:
    """A loss of five parameters.

    Attributes
    ----------
    name : str
    wire : callable
        The loss as blocks, from the wire of the perturbed parameters.
    exact : callable
        The loss without noise and perturbation, from parameters of shape (N, 5), shape (N,).
    lower, upper : array of shape (5,)
        Bounds of the parameters, V.
    amplitude : array of shape (5,)
        Of the perturbation, V.
    starts : array of shape (S, 5)
        V.
    goal : float
        A loss below it counts as reached.
    noise : float
        Standard deviation of an amplitude of the loss, measured in one epoch, at the starts.
    cases : int
        Windows per epoch.
    window : int
        Samples per case.
    seconds : float
        Length of a window, s.
    """

    name: str
    wire: Callable[[Wire], Wire]
    exact: Callable[[FloatArray], FloatArray]
    lower: FloatArray
    upper: FloatArray
    amplitude: FloatArray
    starts: FloatArray
    goal: float
    noise: float
    cases: int
    window: int = _WINDOW
    seconds: float = _SECONDS

    @property
    def sample_rate(self) -> float:
        """Samples per second, Hz."""
        return self.window / self.seconds

    @property
    def half_range(self) -> FloatArray:
        """Half of the range of each parameter, V."""
        return (self.upper - self.lower) / 2

    def tones(self) -> ToneGenerator:
        """Return one tone per parameter."""
        return ToneGenerator(_PERIODS / self.seconds, self.amplitude)

    def curvature(self) -> float:
        """Return the largest second derivative in any direction, its median over the starts."""
        return float(np.median([np.abs(np.linalg.eigvalsh(h)).max() for h in self._hessians()]))

    def curvature_error(self) -> float:
        """Return the standard error of f_ii in one epoch, 4 noise / a^2, the largest of all."""
        return 4 * self.noise / float(self.amplitude.min()) ** 2

    def _hessians(self) -> list[FloatArray]:
        h, unit = 1e-3, np.eye(_DIMENSIONS)
        found = []
        for start in self.starts:
            steps = [
                start + h * (a * unit[i] + b * unit[j])
                for i in range(_DIMENSIONS)
                for j in range(_DIMENSIONS)
                for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1))
            ]
            four = self.exact(np.array(steps)).reshape(_DIMENSIONS, _DIMENSIONS, 4)
            found.append((four @ np.array([1.0, -1.0, -1.0, 1.0])) / (4 * h * h))
        return found


def valley(name: str, noise: float, starts: int, seed: int) -> Problem:
    """Return a quartic loss in a valley a hundred times longer than wide, in no axis' direction.

    L = sum_i l_i z_i^2 / 2 + 5 sum_i z_i^4,   z = R p,   l = 1 ... 100 per V^2

    Parameters
    ----------
    noise : float
        Standard deviation of an amplitude measured in one window, sqrt(S / T).
    """
    random = np.random.default_rng(seed)
    turn = np.linalg.qr(random.normal(size=(_DIMENSIONS, _DIMENSIONS)))[0]
    curvature = np.geomspace(1.0, 100.0, _DIMENSIONS)

    def wire(parameters: Wire) -> Wire:
        z = as_wire(Matrix(turn, name="turn")(parameters))
        square = z * z
        terms = as_wire(Gain(curvature / 2)(square)) + 5.0 * (square * square)
        total = as_wire(Sum(name="total")(terms))
        return as_wire(WhiteNoise(noise**2 * _SECONDS, seed, name="noise")(total))

    def exact(parameters: FloatArray) -> FloatArray:
        z = parameters @ turn.T
        loss: FloatArray = z**2 @ curvature / 2 + 5 * (z**4).sum(axis=-1)
        return loss

    points = random.uniform(-0.8, 0.8, (starts, _DIMENSIONS))
    wide = np.ones(_DIMENSIONS)
    return Problem(name, wire, exact, -wide, wide, 0.05 * wide, points, 0.02, noise, 1)


def teacher(device: Model, starts: int, seed: int, density: float = 1e-23) -> Problem:
    """Return the loss of a device that is to give the currents it gave at other control voltages.

    L = mean over four cases of (I - I_teacher)^2, nA^2; two electrodes are inputs, five of the
    others controls. The goal is 5 % of the variance of the teacher's currents. Noise:
    `density`, one-sided, A^2/Hz, on the current.
    """
    random = np.random.default_rng(seed)
    electrodes = device.electrodes
    least = len(_INPUTS) + _DIMENSIONS
    require(
        electrodes >= least,
        f"the study has two inputs and {_DIMENSIONS} controls, but the device has {electrodes} "
        "electrode(s)",
        f"take a device with {least} electrodes or more",
    )
    controls = [e for e in range(electrodes) if e not in _INPUTS][:_DIMENSIONS]
    order = [_place(e, controls) for e in range(electrodes)]
    low, high = np.array(device.lower), np.array(device.upper)
    middle, half = (low + high) / 2, (high - low) / 2
    corners = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]]) * 0.8
    inputs = middle[list(_INPUTS)] + corners * half[list(_INPUTS)]

    def currents(parameters: FloatArray) -> FloatArray:
        """Currents, nA, shape (N, cases)."""
        many = len(parameters)
        table = np.tile(middle, (many * len(inputs), 1))
        table[:, controls] = np.repeat(parameters, len(inputs), axis=0)
        table[:, list(_INPUTS)] = np.tile(inputs, (many, 1))
        return 1e9 * np.reshape(device.current(table), (many, len(inputs)))

    lower, upper = low[controls], high[controls]
    wanted = _varied(currents, lower, upper, random)

    def wire(parameters: Wire) -> Wire:
        point = PlateauSequence(inputs, _WINDOW, name="inputs")
        target = PlateauSequence(wanted[:, np.newaxis], _WINDOW, name="target")
        both = as_wire(Concatenate(2, name="voltages")(point.values, parameters))
        current = as_wire(device.copy()(Select(order, name="electrodes")(both)))
        noisy = as_wire(WhiteNoise(density, seed, name="noise")(current))
        return as_wire(SquaredError(name="error")(noisy * 1e9, target.values))

    def exact(parameters: FloatArray) -> FloatArray:
        loss: FloatArray = ((currents(parameters) - wanted) ** 2).mean(axis=1)
        return loss

    points = random.uniform(lower, upper, (starts, _DIMENSIONS))
    goal = 0.05 * float(wanted.var())
    amplitude = 0.03 * (upper - lower) / 2
    # A loss (I - t)^2 has the noise of the current times 2 (I - t), whose mean square is 4 L.
    power = 4 * float(np.median(exact(points))) * density * 1e18 / (_SECONDS * len(inputs))
    return Problem(
        "device",
        wire,
        exact,
        lower,
        upper,
        amplitude,
        points,
        goal,
        math.sqrt(power),
        len(inputs),
    )


def _varied(
    currents: Callable[[FloatArray], FloatArray],
    lower: FloatArray,
    upper: FloatArray,
    random: np.random.Generator,
) -> FloatArray:
    """Return a teacher's currents that differ from case to case: the best of a few."""
    inside = 0.8 * random.uniform(-1, 1, (16, _DIMENSIONS)) * (upper - lower) / 2
    tried = currents((lower + upper) / 2 + inside)
    chosen: FloatArray = tried[np.argmax(tried.std(axis=1))]
    return chosen


def _place(electrode: int, controls: list[int]) -> int:
    """Return the lane of an electrode among inputs, then controls."""
    return _INPUTS.index(electrode) if electrode in _INPUTS else 2 + controls.index(electrode)
