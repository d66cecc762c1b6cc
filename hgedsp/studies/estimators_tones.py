"""Estimators that put tones on electrodes and demodulate them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from hgedsp.checks import FloatArray
from hgedsp.hge.estimators import (
    SINE,
    SINE_ALONE,
    ExpectedError,
    comb_variance,
    leakage_variance,
    loss_density,
    mean_variance,
)
from hgedsp.hge.noise import window_variance
from hgedsp.hge.plan import plan_tones
from hgedsp.hge.tone_plan import TonePlan
from hgedsp.studies.estimators_bench import Bench


@dataclass(frozen=True)
class PlannedTones:
    """HGE, all electrodes at once: whole periods, no third-order product on a tone."""

    label: str = "HGE, all tones at once"
    of_loss: bool = False

    def power(self, electrodes: int) -> float:
        return electrodes / 2

    def fits(self, bench: Bench) -> bool:
        return True

    def measure(self, bench: Bench, repeats: int, random: np.random.Generator) -> FloatArray:
        plan = planned(bench)
        phase = np.tile(plan.phase, (repeats, 1))
        return bench.measure_tones(plan.frequency, phase, of_loss=self.of_loss)

    def expect(self, bench: Bench) -> ExpectedError:
        bias = bench.bias(SINE, of_loss=self.of_loss)
        variance = tones_noise(bench, planned(bench).frequency, self.of_loss)
        return ExpectedError(bias, variance, drift(bench) if self.of_loss else 0.0)


@dataclass(frozen=True)
class UnplannedTones:
    """Multiplexed gradient descent with sines: an even comb, random phases, the loss demodulated.

    Frequencies are evenly spaced over the band, whatever the window, and every repeat has phases of
    its own, as in the code by McCaughan et al. (APL Machine Learning 1, 026118, 2023). The upper
    end of the band is left out: in an octave it would be the second harmonic of the lower end.
    """

    label: str = "MGD, sines without a plan, of the loss"
    of_loss: bool = True

    def power(self, electrodes: int) -> float:
        return electrodes / 2

    def fits(self, bench: Bench) -> bool:
        return True

    def measure(self, bench: Bench, repeats: int, random: np.random.Generator) -> FloatArray:
        phase = random.uniform(0, 2 * np.pi, (repeats, bench.electrodes))
        return bench.measure_tones(self._comb(bench), phase, of_loss=True)

    def expect(self, bench: Bench) -> ExpectedError:
        comb, third = self._comb(bench), bench.loss_third
        variance = tones_noise(bench, comb, True) + comb_variance(third, bench.amplitude)
        variance += leakage_variance(bench.loss_gradient, comb, read_time(bench))
        bias = bench.bias(SINE, of_loss=True)
        return ExpectedError(bias, variance, drift(bench))

    def _comb(self, bench: Bench) -> FloatArray:
        return np.linspace(*bench.band, bench.electrodes, endpoint=False)


@dataclass(frozen=True)
class ToneInTurn:
    """HGE, one electrode at a time."""

    label: str = "HGE, one tone in turn"
    of_loss: bool = False

    def power(self, electrodes: int) -> float:
        return 1 / 2

    def fits(self, bench: Bench) -> bool:
        return bench.samples // bench.electrodes > 4 * bench.settle

    def measure(self, bench: Bench, repeats: int, random: np.random.Generator) -> FloatArray:
        samples, _, frequency = self._plan(bench)
        return bench.measure_in_turn(frequency, samples, repeats)

    def expect(self, bench: Bench) -> ExpectedError:
        _, read, frequency = self._plan(bench)
        tones = np.full(bench.electrodes, frequency)
        variance = window_variance(bench.density, tones, bench.amplitude, read / bench.rate)
        return ExpectedError(bench.bias(SINE_ALONE), variance)

    def _plan(self, bench: Bench) -> tuple[int, int, float]:
        """Return samples per electrode, samples read, and a tone of whole periods in these."""
        samples = bench.samples // bench.electrodes
        read = samples - bench.settle
        middle = math.sqrt(bench.band[0] * bench.band[1])
        return samples, read, round(middle * read / bench.rate) * bench.rate / read


@lru_cache
def plan_for(electrodes: int, band: tuple[float, float], samples: int, rate: float) -> TonePlan:
    """Return tones that make whole periods in so many samples."""
    return plan_tones(electrodes, band, samples / rate, sample_rate=rate)


def planned(bench: Bench) -> TonePlan:
    """Return tones that make whole periods in the time read."""
    return plan_for(bench.electrodes, bench.band, bench.samples - bench.settle, bench.rate)


def read_time(bench: Bench) -> float:
    """Return for how long tones are read that are all on at once, s."""
    return (bench.samples - bench.settle) / bench.rate


def tones_noise(bench: Bench, frequency: FloatArray, of_loss: bool) -> FloatArray:
    """Return the variance that noise gives to tones read at once."""
    time = read_time(bench)
    if not of_loss:
        return window_variance(bench.density, frequency, bench.amplitude, time)
    carried = bench.amplitude * bench.gradient
    density = loss_density(bench.density, frequency, carried, bench.offset)
    return density / (bench.amplitude**2 * time)


def drift(bench: Bench) -> float:
    """Return the relative error that slow noise gives to a gradient of the loss as a whole.

    The gradient 2 (y - target) df/dv is that at the mean output of the time read, noise included.
    """
    return math.sqrt(mean_variance(bench.density, read_time(bench))) / bench.offset
