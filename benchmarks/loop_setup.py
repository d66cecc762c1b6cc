"""The closed loop that is timed: its numbers, its graph, and the same in NumPy and for C."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from hgedsp.blocks import (
    Constant,
    GradientDescent,
    LowPass,
    Mixer,
    PolynomialDevice,
    Select,
    SquaredError,
    Sum,
    SurrogateDevice,
    ToneGenerator,
)
from hgedsp.checks import FloatArray
from hgedsp.graph.graph import Graph

SAMPLE_RATE = 1e6
_LOWER, _UPPER = -1.0, 1.0


@dataclass(frozen=True)
class LoopSetup:
    """A device, K tones and what learns from them.

    Attributes
    ----------
    device : PolynomialDevice or SurrogateDevice
    order : int
        Poles of the low-pass.
    learning_rate : float
        Per sample.
    """

    device: PolynomialDevice | SurrogateDevice
    order: int
    learning_rate: float
    amplitude: float = 0.01
    target: float = 1.0
    time_constant: float = 1e-3

    @property
    def tones(self) -> int:
        """K."""
        return self.device.lanes()["K"]

    @cached_property
    def frequencies(self) -> FloatArray:
        """One tone in each of K bands from 20 to 480 kHz, anywhere in its band, Hz."""
        band = 460_000 // self.tones
        jitter = np.random.default_rng(1).integers(0, band // 2 + 1, self.tones)
        frequencies: FloatArray = np.array(
            20_000 + band * np.arange(self.tones) + jitter, dtype=np.float64
        )
        return frequencies

    def graph(self) -> Graph:
        """Return the loop as a user wires it; its output is the loss of every sample."""
        tone = ToneGenerator(self.frequencies, self.amplitude)
        updater = GradientDescent(self.learning_rate, np.zeros(self.tones), _LOWER, _UPPER)
        current = self.device.copy()(updater.parameters + tone.perturbation)
        loss = SquaredError()(current, Constant(self.target))
        product = Mixer(2 / self.amplitude)(loss, tone.in_phase)
        updater(LowPass(self.time_constant, self.order)(product))
        return Graph(SAMPLE_RATE, {"loss": loss}, name="closed_loop")

    def graph_of_cases(self, cases: int) -> Graph:
        """Return the loop with several points of the device in every sample, a network's only.

        The points differ by what is added to the voltages, as data would be; their losses are
        added up.
        """
        assert isinstance(self.device, SurrogateDevice), "a network takes several points"
        tone = ToneGenerator(self.frequencies, self.amplitude)
        updater = GradientDescent(self.learning_rate, np.zeros(self.tones), _LOWER, _UPPER)
        every = Select(list(range(self.tones)) * cases)(updater.parameters + tone.perturbation)
        data = np.random.default_rng(2).uniform(-0.1, 0.1, cases * self.tones)
        current = dataclasses.replace(self.device, points=cases)(every + Constant(data))
        loss = Sum()(SquaredError()(current, Constant(self.target)))
        product = Mixer(2 / self.amplitude)(loss, tone.in_phase)
        updater(LowPass(self.time_constant, self.order)(product))
        return Graph(SAMPLE_RATE, {"loss": loss}, name="closed_loop_of_cases")

    def numpy_losses(self, n: int) -> FloatArray:
        """Run the loop as a researcher writes it: NumPy over tones, a Python loop over samples."""
        turn = 2 * np.pi * self.frequencies / SAMPLE_RATE
        current_of = _current_of(self.device)
        parameters, poles = np.zeros(self.tones), np.zeros((self.order, self.tones))
        losses = np.empty(n)
        for t in range(n):
            sine = np.sin(turn * t)
            error = current_of(parameters + self.amplitude * sine) - self.target
            losses[t] = error * error
            x = 2 / self.amplitude * losses[t] * sine
            for j in range(self.order):
                poles[j] += self.smoothing * (x - poles[j])
                x = poles[j]
            parameters = np.clip(parameters - self.learning_rate * x, _LOWER, _UPPER)
        return losses

    def rows(self) -> FloatArray:
        """Return the state at sample 0 as C wants it: sine, cosine, their turns, then
        the device if it is a polynomial, parameters, poles; shape (fields, K)."""
        turn = 2 * np.pi * self.frequencies / SAMPLE_RATE
        zeros, ones = np.zeros(self.tones), np.ones(self.tones)
        device = [] if isinstance(self.device, SurrogateDevice) else _vectors(self.device)
        poles = [zeros] * self.order
        return np.array([zeros, ones, np.sin(turn), np.cos(turn), *device, zeros, *poles])

    def settings(self) -> FloatArray:
        """Return the struct Settings of the C sources."""
        numbers = [self.amplitude, 2 / self.amplitude, self.smoothing, self.learning_rate]
        numbers += [self.target, _LOWER, _UPPER]
        if isinstance(self.device, SurrogateDevice):
            numbers.append(self.device.amplification)
        return np.array(numbers)

    @property
    def smoothing(self) -> float:
        """a of the one-poles: y += a (x - y)."""
        return float(-np.expm1(-1 / (self.time_constant * SAMPLE_RATE)))


def cubic_loop(tones: int, order: int) -> LoopSetup:
    """Return the loop around a cubic device; its gradient is of about 1 for any K."""
    generator = np.random.default_rng(0)
    linear, quadratic, cubic = generator.normal(size=(3, tones)) / np.sqrt(tones)
    return LoopSetup(PolynomialDevice(linear, quadratic, 0.5 * cubic), order, learning_rate=1e-5)


def surrogate_loop(tones: int, hidden: int, units: int = 90, order: int = 4) -> LoopSetup:
    """Return the loop around a network of relu units with K inputs."""
    generator = np.random.default_rng(0)
    sizes = [tones, *[units] * hidden, 1]
    weights = [generator.normal(size=(b, a)) * np.sqrt(2 / a) for a, b in pairwise(sizes)]
    biases = [0.1 * generator.normal(size=b) for b in sizes[1:]]
    return LoopSetup(SurrogateDevice(weights, biases), order, learning_rate=1e-6)


def _vectors(device: PolynomialDevice) -> list[FloatArray]:
    return [np.asarray(getattr(device, name)) for name in ("linear", "quadratic", "cubic")]


def _current_of(device: PolynomialDevice | SurrogateDevice) -> Callable[[FloatArray], float]:
    if isinstance(device, SurrogateDevice):
        return _network_of(device)
    weights = np.array(_vectors(device))

    def current(v: FloatArray) -> float:
        # Not weights @ v: where K is large, threads of BLAS would wait for each other on one core.
        linear, quadratic, cubic = (weights * v).sum(axis=1)
        return float(linear + quadratic**2 + cubic**3)

    return current


def _network_of(device: SurrogateDevice) -> Callable[[FloatArray], float]:
    layers = list(zip(device.weights, device.biases, strict=True))

    def current(h: FloatArray) -> float:
        for weight, bias in layers[:-1]:
            h = np.maximum(weight @ h + bias, 0.0)
        weight, bias = layers[-1]
        return float((weight @ h + bias)[0]) * device.amplification

    return current
