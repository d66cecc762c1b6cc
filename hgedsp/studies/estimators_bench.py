"""One harness for all estimators: the same device, noise, clock and waiting time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from hgedsp.block import Block
from hgedsp.blocks import (
    Constant,
    DcBlock,
    FlickerNoise,
    IntegrateAndDump,
    Mixer,
    Oscillator,
    PlateauSequence,
    SquaredError,
    ToneGenerator,
    WhiteNoise,
)
from hgedsp.checks import FloatArray, VectorLike
from hgedsp.graph import Graph
from hgedsp.hge.estimators import (
    Waveform,
    averaged_gradient,
    third_derivatives,
    third_order_bias,
)
from hgedsp.run.kernel import compile_graph
from hgedsp.wire import Wire, as_wire

# The loss is AC-coupled, as in multiplexed gradient descent [McCaughan et al. 2023]. At 5 Hz it
# takes less than 0.05 % off the tones.
_COUPLING = 1 / (2 * np.pi * 5.0)
_MOST_AVERAGED = 7  # electrodes over whose perturbation the bias is averaged: 2^7 signs


class KnownDevice(Protocol):
    """A device model that knows its gradient."""

    def current(self, voltage: VectorLike) -> float | FloatArray:
        """Return the current (A) at voltages of shape (K,) or (N, K), V."""

    def gradient(self, voltage: VectorLike) -> FloatArray:
        """Return the exact gradient (A/V), by backpropagation or in closed form."""


@dataclass(frozen=True)
class Noise:
    """Noise of the output current.

    Attributes
    ----------
    white : float
        One-sided density, A^2/Hz.
    flicker : float
        Density of the 1/f part at 1 kHz, A^2/Hz; 0 for none.
    """

    white: float = 1e-24
    flicker: float = 1e-23

    def add(self, signal: Wire, seed: int) -> Wire:
        """Wire the noise blocks behind a signal."""
        noisy = as_wire(WhiteNoise(self.white, seed, name="white")(signal))
        return as_wire(self._flicker(seed)(noisy)) if self.flicker else noisy

    def density(self, frequency: FloatArray, rate: float) -> FloatArray:
        """Return the one-sided density (A^2/Hz) at frequencies in Hz."""
        density = np.full(np.shape(frequency), self.white)
        if self.flicker:
            density = density + self._flicker(0).spectral_density(frequency, rate)
        return density

    def _flicker(self, seed: int) -> FlickerNoise:
        return FlickerNoise(self.flicker, 1e3, low=0.1, high=2e4, seed=seed, name="flicker")


@dataclass(frozen=True)
class Bench:
    """What is the same for all estimators.

    Attributes
    ----------
    device : Block
        A `KnownDevice` of K electrodes.
    point : array of shape (K,)
        Operating point, V.
    amplitude : float
        Peak perturbation of each electrode that is perturbed, V.
    samples : int
        Total time of one measurement, waiting included.
    settle : int
        Samples to wait after a level was switched, or tones were switched on.
    band : pair of float
        Where tones may lie, Hz.
    offset : float
        Output minus target of the loss (output - target)^2, A.
    """

    device: Block
    point: FloatArray
    amplitude: float
    samples: int
    settle: int
    noise: Noise
    band: tuple[float, float]
    offset: float
    rate: float
    seed: int

    @property
    def electrodes(self) -> int:
        """Number of electrodes K."""
        return len(self.point)

    @property
    def known(self) -> KnownDevice:
        """The device as a model that can be asked."""
        device: Any = self.device
        known: KnownDevice = device
        return known

    @cached_property
    def target(self) -> float:
        """Target of the loss, A."""
        return float(self.known.current(self.point)) - self.offset

    @cached_property
    def gradient(self) -> FloatArray:
        """The true gradient of the output, A/V."""
        return self.known.gradient(self.point)

    @cached_property
    def loss_gradient(self) -> FloatArray:
        """The true gradient of the loss, A^2/V."""
        return self._loss_gradient_of(self.point)

    @cached_property
    def third(self) -> FloatArray:
        """Third derivatives of the output, A/V^3."""
        return third_derivatives(self.known.gradient, self.point, self.amplitude)

    @cached_property
    def loss_third(self) -> FloatArray:
        """Third derivatives of the loss, A^2/V^3."""
        return third_derivatives(self._loss_gradient_of, self.point, self.amplitude)

    def density(self, frequency: FloatArray) -> FloatArray:
        """Return the density of the noise (A^2/Hz), from a table of it."""
        grid, values = self._table
        density: FloatArray = np.exp(np.interp(np.log(frequency), grid, values))
        return density

    @cached_property
    def _table(self) -> tuple[FloatArray, FloatArray]:
        # Twelve filters make the noise; asking each at a million frequencies would take seconds.
        frequency = np.geomspace(1e-6, self.rate / 2, 4000)
        return np.log(frequency), np.log(self.noise.density(frequency, self.rate))

    def bias(self, waveform: Waveform, *, of_loss: bool = False) -> FloatArray:
        """Return what each derivative is off by without noise, A/V, or A^2/V of the loss.

        Of few electrodes it is the mean over the perturbation itself, for any device; of more, on
        polynomials of third order, that of the Taylor series, which is exact there.
        """
        if self.electrodes > _MOST_AVERAGED:
            third = self.loss_third if of_loss else self.third
            return third_order_bias(third, self.amplitude, waveform)
        function, truth = (
            (self._loss_of, self.loss_gradient) if of_loss else (self._current_of, self.gradient)
        )
        return averaged_gradient(function, self.point, self.amplitude, waveform) - truth

    def _current_of(self, voltage: FloatArray) -> FloatArray:
        return np.asarray(self.known.current(voltage))

    def _loss_of(self, voltage: FloatArray) -> FloatArray:
        loss: FloatArray = (self._current_of(voltage) - self.target) ** 2
        return loss

    def with_amplitude(self, amplitude: float) -> Bench:
        """Return the same bench with another amplitude, V."""
        return replace(self, amplitude=amplitude)

    def _loss_gradient_of(self, voltage: FloatArray) -> FloatArray:
        error = np.asarray(self.known.current(voltage)) - self.target
        return 2.0 * error[..., np.newaxis] * self.known.gradient(voltage)

    # Measuring ----------------------------------------------------------------------------------

    def measure_tones(
        self, frequency: FloatArray, phase: FloatArray, *, of_loss: bool
    ) -> FloatArray:
        """Demodulate all tones at once; return derivatives of shape (repeats, K).

        Parameters
        ----------
        frequency : array of shape (K,)
            Hz.
        phase : array of shape (repeats, K)
            Phases of the tones for each repeat, rad.
        of_loss : bool
            Demodulate the loss instead of the output.
        """
        tone = ToneGenerator(frequency, self.amplitude, phase[0], name="tone")
        signal = self._output(tone.perturbation)
        if of_loss:
            loss = SquaredError()(signal, self.target)
            signal = as_wire(DcBlock(_COUPLING)(loss))
        product = Mixer(2.0 / self.amplitude)(signal, tone.in_phase)
        mean = IntegrateAndDump(self.samples, self.settle)(product)
        kernel = compile_graph(Graph(self.rate, {"gradient": as_wire(mean)}))
        # The coupling has to forget the step from no output to the first.
        for _ in range(int(of_loss) * (1 + int(10 * _COUPLING * self.rate) // self.samples)):
            kernel.process(self.samples)
        rows = []
        for turn in phase:
            kernel.parameters["tone/oscillator.phase"] = turn
            rows.append(kernel.process(self.samples)["gradient"])
        return np.reshape(rows, (len(phase), self.electrodes))

    def measure_in_turn(self, frequency: float, samples: int, repeats: int) -> FloatArray:
        """Put one tone on each electrode in turn; return derivatives of shape (repeats, K)."""
        turn = PlateauSequence(self.amplitude * np.eye(self.electrodes), samples)()
        reference = Oscillator(frequency)()
        signal = self._output(turn.values * reference.in_phase)
        product = Mixer(2.0 / self.amplitude)(signal, reference.in_phase)
        mean = IntegrateAndDump(samples, self.settle)(product)
        kernel = compile_graph(Graph(self.rate, {"gradient": as_wire(mean)}))
        rows = [kernel.process(samples * self.electrodes)["gradient"] for _ in range(repeats)]
        return np.reshape(rows, (repeats, self.electrodes))

    def levels(self, count: int, dwell: int) -> Callable[[FloatArray], FloatArray]:
        """Return what takes signs of shape (count, K) and gives the mean output at each level."""
        empty = np.zeros((count, self.electrodes))
        sequence = PlateauSequence(empty, dwell, name="levels")()
        mean = IntegrateAndDump(dwell, self.settle)(self._output(sequence.values))
        kernel = compile_graph(Graph(self.rate, {"mean": as_wire(mean)}))

        def read(signs: FloatArray) -> FloatArray:
            kernel.parameters["levels.points"] = self.amplitude * signs
            means: FloatArray = kernel.process(count * dwell)["mean"]
            return means

        return read

    def _output(self, perturbation: Wire) -> Wire:
        point = Constant(self.point, name="operating_point")
        current = as_wire(self.device.copy()(point + perturbation))
        return self.noise.add(current, self.seed)
