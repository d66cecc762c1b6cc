"""One graph that measures a device under three kinds of noise through three filters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hgedsp.blocks import (
    Decimate,
    FlickerNoise,
    IntegrateAndDump,
    LowPass,
    Mixer,
    ToneGenerator,
    WhiteNoise,
)
from hgedsp.checks import FloatArray
from hgedsp.graph import Graph
from hgedsp.hge import (
    boxcar_response,
    demodulated,
    equal_noise_time_constant,
    filtered_variance,
)
from hgedsp.hge.filters import Response
from hgedsp.studies.accuracy_subjects import Subject, TonePlan
from hgedsp.wire import Wire, as_wire

# Eight time constants of a single pole: values that far apart have 3e-4 of each other.
APART = 4
SETTLE = 4 * APART  # windows to leave out at the start


@dataclass(frozen=True)
class Noise:
    """White noise, 1/f noise, or both."""

    name: str
    white: float
    flicker: FlickerNoise | None
    rate: float

    def add(self, current: Wire, seed: int) -> Wire:
        """Add it to a current."""
        if self.white:
            current = as_wire(WhiteNoise(self.white, seed, name=f"{self.name}_white")(current))
        if self.flicker is not None:
            current = as_wire(self.flicker(current))
        return current

    def density(self, frequency: FloatArray) -> FloatArray:
        """Return the one-sided density, A^2/Hz."""
        flat = np.full(np.shape(frequency), self.white)
        if self.flicker is None:
            return flat
        return flat + self.flicker.spectral_density(frequency, self.rate)


@dataclass(frozen=True)
class Filter:
    """A way to average behind the mixer."""

    name: str
    response: Response
    wire: Callable[[Wire], Wire]
    windows_per_value: int


def noises(plan: TonePlan, density: float, seed: int) -> list[Noise]:
    """Return three kinds of noise of the same density at the middle of the tones."""
    middle = float(np.median(plan.frequency))

    def flicker(share: float, name: str, offset: int) -> FlickerNoise:
        # Down to the first bin: slower noise would tie the repeats together.
        return FlickerNoise(
            share * density,
            middle,
            low=1 / plan.window,
            high=plan.rate,
            seed=seed + offset,
            name=name,
        )

    return [
        Noise("white", density, None, plan.rate),
        Noise("1/f", 0.0, flicker(1.0, "flicker", 1), plan.rate),
        Noise("mixed", density / 2, flicker(0.5, "mixed_flicker", 2), plan.rate),
    ]


def filters(plan: TonePlan) -> list[Filter]:
    """Return whole windows, and one and four poles that pass as much white noise."""
    found = [
        Filter(
            "boxcar",
            boxcar_response(plan.samples),
            lambda x: as_wire(IntegrateAndDump(plan.samples)(x)),
            1,
        )
    ]
    for order in (1, 4):
        low_pass = LowPass(equal_noise_time_constant(plan.window, order), order)

        def wire(x: Wire, low_pass: LowPass = low_pass) -> Wire:
            return as_wire(Decimate(APART * plan.samples)(as_wire(low_pass.copy()(x))))

        name = "1 pole" if order == 1 else f"{order} poles"
        found.append(Filter(name, low_pass.response, wire, APART))
    return found


def accuracy_graph(subject: Subject, kinds: list[Noise], seed: int) -> Graph:
    """Return the graph; outputs are named ``noise, filter`` and carry the derivatives, A/V."""
    plan = subject.plan
    tone = ToneGenerator(plan.frequency, subject.amplitude, plan.phase)
    current = subject.wire(as_wire(tone.perturbation))
    outputs = {}
    for number, noise in enumerate(kinds):
        noisy = noise.add(current, seed + 10 + number)
        mixed = as_wire(Mixer(2.0 / subject.amplitude)(noisy, tone.in_phase))
        for way in filters(plan):
            outputs[f"{noise.name}, {way.name}"] = way.wire(mixed)
    return Graph(plan.rate, outputs, name="accuracy")


def predicted_mean(subject: Subject, way: Filter) -> FloatArray:
    """Return the expected estimate behind a filter: that over whole windows, and the leakage."""
    plan = subject.plan
    given = (subject.lines, subject.amplitude, plan.bins, plan.phase)
    behind = demodulated(*given, way.response, plan.rate)
    whole = demodulated(*given, boxcar_response(plan.samples), plan.rate)
    result: FloatArray = subject.expected + behind - whole
    return result


def predicted_variance(subject: Subject, noise: Noise, way: Filter) -> FloatArray:
    """Return the variance of the estimate at the last sample of a window, (A/V)^2."""
    plan = subject.plan
    last = plan.phase - 2 * np.pi * plan.bins / plan.samples
    return filtered_variance(
        noise.density, way.response, plan.rate, plan.frequency, subject.amplitude, last
    )
