"""The estimators: what each does to the device, how it reads the gradient, what error to expect."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np

from hgedsp.checks import FloatArray
from hgedsp.hge.estimators import (
    SINE,
    SINE_ALONE,
    SQUARE,
    SQUARE_ALONE,
    ExpectedError,
    Waveform,
    comb_variance,
    draw_variance,
    leakage_variance,
    mean_variance,
    pair_variance,
    third_order_bias,
)
from hgedsp.hge.noise import window_variance
from hgedsp.hge.plan import plan_tones
from hgedsp.hge.switching import (
    code_length,
    one_at_a_time,
    read_gradient,
    simultaneous,
    walsh_codes,
)
from hgedsp.hge.tone_plan import TonePlan
from hgedsp.studies.estimators_bench import Bench

_ROWS = 4096  # levels that are drawn, and held in memory, at a time
Draw = Callable[[int, int, np.random.Generator], FloatArray]


class Method(Protocol):
    """A way to measure a gradient."""

    @property
    def label(self) -> str:
        """Name in tables and figures."""

    @property
    def of_loss(self) -> bool:
        """Whether the gradient is that of the loss, instead of the output."""

    def power(self, electrodes: int) -> float:
        """Mean square of the perturbation, all electrodes together, over amplitude^2."""

    def fits(self, bench: Bench) -> bool:
        """Whether the total time is enough for one estimate."""

    def measure(self, bench: Bench, repeats: int, random: np.random.Generator) -> FloatArray:
        """Return estimates of shape (repeats, K)."""

    def expect(self, bench: Bench) -> ExpectedError:
        """Return what the theory says."""


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
        third = bench.loss_third if self.of_loss else bench.third
        bias = third_order_bias(third, bench.amplitude, SINE)
        variance = tones_noise(bench, planned(bench).frequency, self.of_loss)
        return ExpectedError(bias, variance, drift(bench) if self.of_loss else 0.0)


@dataclass(frozen=True)
class UnplannedTones:
    """Multiplexed gradient descent with sines: an even comb, random phases, the loss demodulated.

    Frequencies are evenly spaced over the band, whatever the window, and every repeat has phases of
    its own, as in the code by McCaughan et al. (APL Machine Learning 1, 026118, 2023).
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
        bias = third_order_bias(third, bench.amplitude, SINE)
        return ExpectedError(bias, variance, drift(bench))

    def _comb(self, bench: Bench) -> FloatArray:
        return np.linspace(*bench.band, bench.electrodes)


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
        return ExpectedError(third_order_bias(bench.third, bench.amplitude, SINE_ALONE), variance)

    def _plan(self, bench: Bench) -> tuple[int, int, float]:
        """Return samples per electrode, samples read, and a tone of whole periods in these."""
        samples = bench.samples // bench.electrodes
        read = samples - bench.settle
        middle = math.sqrt(bench.band[0] * bench.band[1])
        return samples, read, round(middle * read / bench.rate) * bench.rate / read


@dataclass(frozen=True)
class Switched:
    """Levels of +-a in pairs: finite differences, SPSA or Walsh codes.

    Attributes
    ----------
    draw : callable
        Makes the signs for so many electrodes and cycles.
    pairs : callable
        Pairs per cycle, and pairs per cycle that move one electrode, for K electrodes.
    once : bool
        One cycle only, as long as the time allows; otherwise as many cycles as is best.
    """

    label: str
    draw: Draw
    pairs: Callable[[int], tuple[int, int]]
    waveform: Waveform
    once: bool = False
    at_random: bool = False
    of_loss: bool = False

    def power(self, electrodes: int) -> float:
        pairs, own = self.pairs(electrodes)
        return electrodes * own / pairs

    def fits(self, bench: Bench) -> bool:
        return self._longest(bench) > bench.settle

    def measure(self, bench: Bench, repeats: int, random: np.random.Generator) -> FloatArray:
        dwell, cycles = self.plan(bench)
        pairs = self.pairs(bench.electrodes)[0]
        blocks = math.ceil(2 * pairs * cycles / _ROWS)
        read = bench.levels(2 * pairs * (cycles // blocks), dwell)

        def block() -> FloatArray:
            signs = self.draw(bench.electrodes, cycles // blocks, random)
            return read_gradient(signs, read(signs), bench.amplitude)

        return np.array([np.mean([block() for _ in range(blocks)], axis=0) for _ in range(repeats)])

    def expect(self, bench: Bench) -> ExpectedError:
        dwell, cycles = self.plan(bench)
        bias = third_order_bias(bench.third, bench.amplitude, self.waveform)
        return ExpectedError(bias, self._variance(bench, dwell, cycles))

    def plan(self, bench: Bench) -> tuple[int, int]:
        """Return samples per level, and cycles: those of the least expected variance."""
        longest = self._longest(bench)
        shortest = longest if self.once else bench.settle + 1
        candidates = np.unique(np.geomspace(shortest, longest, 40).astype(int))
        best = min(candidates, key=lambda n: self._variance(bench, n, self._cycles(bench, n)).sum())
        return int(best), self._cycles(bench, int(best))

    def _longest(self, bench: Bench) -> int:
        return bench.samples // (2 * self.pairs(bench.electrodes)[0])

    def _cycles(self, bench: Bench, dwell: int) -> int:
        """Return how many whole cycles there is time for, in blocks of one length."""
        levels = 2 * self.pairs(bench.electrodes)[0]
        cycles = bench.samples // (levels * int(dwell))
        blocks = math.ceil(levels * cycles / _ROWS)
        return blocks * (cycles // blocks)

    def _variance(self, bench: Bench, dwell: int, cycles: int) -> FloatArray:
        pair = pair_variance(bench.density, bench.amplitude, int(dwell), bench.settle, bench.rate)
        own = cycles * self.pairs(bench.electrodes)[1]
        variance = np.full(bench.electrodes, pair / own)
        return variance + draw_variance(bench.gradient, own) if self.at_random else variance


METHODS: tuple[Method, ...] = (
    PlannedTones(),
    ToneInTurn(),
    Switched("finite differences, fast switching", one_at_a_time, lambda k: (k, 1), SQUARE_ALONE),
    Switched(
        "finite differences, one slow pass",
        one_at_a_time,
        lambda k: (k, 1),
        SQUARE_ALONE,
        once=True,
    ),
    Switched("SPSA", simultaneous, lambda k: (1, 1), SQUARE, at_random=True),
    Switched("Walsh codes", walsh_codes, lambda k: (code_length(k), code_length(k)), SQUARE),
    PlannedTones("HGE, all tones at once, of the loss", of_loss=True),
    UnplannedTones(),
)


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
    """Return the variance that noise gives to tones read at once.

    The loss (y - target)^2 turns noise n into 2 (y - target) n, of density 4 <(y - target)^2> S,
    and to that mean square the tones themselves add sum a^2 f_i^2 / 2.
    """
    variance = window_variance(bench.density, frequency, bench.amplitude, read_time(bench))
    if not of_loss:
        return variance
    tones = bench.amplitude**2 / 2 * float((bench.gradient**2).sum())
    return 4 * (bench.offset**2 + tones) * variance


def drift(bench: Bench) -> float:
    """Return the relative error that slow noise gives to a gradient of the loss as a whole.

    The gradient 2 (y - target) df/dv is that at the mean output of the time read, noise included.
    """
    return math.sqrt(mean_variance(bench.density, read_time(bench))) / bench.offset
