"""What the study of accuracy measures: devices with tones, and what to expect of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from hgedsp.blocks import Concatenate, Constant, PolynomialDevice, Sum, SurrogateDevice
from hgedsp.checks import ComplexArray, FloatArray
from hgedsp.hge import (
    expected_gradient,
    expected_lines,
    plan_expectation,
    polynomial_derivatives,
    smoothed_gradient,
    window_lines,
)
from hgedsp.studies.points import points_in_middle
from hgedsp.wire import Wire, as_wire

_SIDON = (51, 53, 59, 71, 87, 97, 101)  # no product up to third order of these is one of them
_MANY_LOWEST, _MANY_OF = 101, 190  # odd bins to draw many tones from
_SWING = 0.2  # V, on the polynomial
_SURROGATE_SWING = 0.1  # of half the range of an electrode


@dataclass(frozen=True)
class TonePlan:
    """Tones on whole periods of a window of N samples, at 1 sample per microsecond."""

    bins: FloatArray
    phase: FloatArray
    samples: int
    rate: float = 1e6

    @property
    def frequency(self) -> FloatArray:
        """Hz."""
        return self.bins * self.rate / self.samples

    @property
    def window(self) -> float:
        """Seconds per window."""
        return self.samples / self.rate


@dataclass(frozen=True)
class Subject:
    """A device that is measured, and what its estimates should be.

    Attributes
    ----------
    device : str
    law : str
        Where the prediction comes from.
    plan : TonePlan
    amplitude : array of shape (K,)
        V.
    wire : callable
        From the perturbation, a wire of K lanes, to the current, its value at rest taken off.
    gradient : array of shape (K,)
        The exact derivatives, A/V.
    expected : array of shape (K,)
        The expected estimate over whole windows, A/V.
    lines : complex array of shape (N,)
        Of the current.
    """

    device: str
    law: str
    plan: TonePlan
    amplitude: FloatArray
    wire: Callable[[Wire], Wire]
    gradient: FloatArray
    expected: FloatArray
    lines: ComplexArray

    @property
    def bias(self) -> FloatArray:
        """Expected estimate over whole windows less derivative, A/V."""
        result: FloatArray = self.expected - self.gradient
        return result


def tone_plan(tones: int, rng: np.random.Generator) -> TonePlan:
    """Return 1, 7 (planned) or 64 (drawn, with thousands of products on tones) tones."""
    if tones == 1:
        bins, samples = np.array([23.0]), 128
    elif tones <= len(_SIDON):
        bins, samples = np.array(_SIDON[:tones], dtype=np.float64), 512
    else:
        chosen = rng.choice(_MANY_OF, tones, replace=False)
        bins, samples = _MANY_LOWEST + 2.0 * chosen, 1024
    return TonePlan(bins, rng.uniform(0, 2 * np.pi, tones), samples)


def polynomial_subject(tones: int, rng: np.random.Generator) -> Subject:
    """Return a cubic device, its estimates predicted term by term."""
    plan = tone_plan(tones, rng)
    # Currents of nanoamperes; the cube has roots of them.
    units = np.array([1e-9, 1e-9**0.5, 1e-9 ** (1 / 3)])[:, np.newaxis]
    linear, square, cube = units * rng.standard_normal((3, tones)) / np.sqrt(tones)
    point = rng.uniform(-1, 1, tones)
    at_rest = float(PolynomialDevice(linear, square, cube).current(point))
    device = PolynomialDevice(linear, square, cube, -at_rest, name="device")
    derivatives = polynomial_derivatives(point, linear, square, cube, -at_rest)
    amplitude = rng.uniform(0.5, 1.5, tones) * _SWING
    given = (amplitude, plan.bins, plan.phase)
    return Subject(
        "polynomial",
        "term by term",
        plan,
        amplitude,
        lambda perturbation: as_wire(device.copy()(perturbation + Constant(point)())),
        derivatives.gradient,
        expected_gradient(derivatives, *given, sample_rate=plan.samples).estimate,
        expected_lines(derivatives, *given, plan.samples),
    )


def surrogate_subject(
    device: SurrogateDevice, name: str, tones: int, rng: np.random.Generator
) -> Subject:
    """Return a sum of as many copies of a network as have electrodes for all tones.

    Up to seven tones the prediction is the smoothed gradient. More are drawn without a plan, and
    products fall on tones at orders for which there is no list; there it is a direct sum.
    """
    plan = tone_plan(tones, rng)
    electrodes = device.electrodes
    copies = -(-tones // electrodes)
    spread = np.subtract(device.upper, device.lower) / 2
    points = points_in_middle(device, copies, rng)
    amplitude = np.tile(_SURROGATE_SWING * spread, copies)[:tones]
    at_rest = float(np.sum(device.current(points)))

    def current(voltage: FloatArray) -> FloatArray:
        wide = np.tile(points.ravel(), (len(voltage), 1))
        wide[:, :tones] = voltage
        each = np.reshape(device.current(wide.reshape(-1, electrodes)), (-1, copies))
        total: FloatArray = each.sum(axis=1) - at_rest
        return total

    start = points.ravel()[:tones]
    given = (current, start, amplitude, plan.bins, plan.phase, plan.samples)
    planned = tones <= len(_SIDON)
    expected = (
        smoothed_gradient(current, start, amplitude).gradient
        if planned
        else plan_expectation(*given)
    )
    return Subject(
        name,
        "smoothed" if planned else "direct sum",
        plan,
        amplitude,
        _wiring(device, points, tones, at_rest),
        np.asarray(device.gradient(points)).ravel()[:tones],
        expected,
        window_lines(*given),
    )


def _wiring(
    device: SurrogateDevice, points: FloatArray, tones: int, at_rest: float
) -> Callable[[Wire], Wire]:
    copies, electrodes = points.shape
    block = replace(device, points=copies, name="device")

    def wire(perturbation: Wire) -> Wire:
        still = copies * electrodes - tones
        if still:
            perturbation = as_wire(Concatenate(2)(perturbation, Constant(np.zeros(still))()))
        current = as_wire(block.copy()(perturbation + Constant(points.ravel())()))
        return (as_wire(Sum()(current)) if copies > 1 else current) - at_rest

    return wire
