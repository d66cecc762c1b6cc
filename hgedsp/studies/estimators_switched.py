"""Estimators that switch electrodes between levels."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hgedsp.checks import FloatArray
from hgedsp.hge.estimators import ExpectedError, Waveform, pair_variance
from hgedsp.hge.switching import read_gradient
from hgedsp.studies.estimators_bench import Bench

_ROWS = 4096  # levels that are drawn, and held in memory, at a time
Draw = Callable[[int, int, np.random.Generator], FloatArray]


@dataclass(frozen=True)
class Switched:
    """Levels of +-a in pairs: finite differences, SPSA or Walsh codes.

    Attributes
    ----------
    draw : callable
        Makes the signs for so many electrodes and cycles.
    pairs : callable
        Pairs per cycle, and pairs per cycle that move one electrode, for K electrodes.
    waveform : Waveform
        What of it biases the estimate.
    once : bool
        One cycle only, as long as the time allows; otherwise as many cycles as is best.
    crosstalk : callable
        Variance that the signs of one cycle leave without any noise, if they leave any.
    """

    label: str
    draw: Draw
    pairs: Callable[[int], tuple[int, int]]
    waveform: Waveform
    once: bool = False
    crosstalk: Callable[[Bench], FloatArray] | None = None
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
        return ExpectedError(bench.bias(self.waveform), self._variance(bench, dwell, cycles))

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
        variance = np.full(bench.electrodes, pair / (cycles * self.pairs(bench.electrodes)[1]))
        return variance + self.crosstalk(bench) / cycles if self.crosstalk else variance
