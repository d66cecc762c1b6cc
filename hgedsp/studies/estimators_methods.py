"""All estimators that are compared."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from hgedsp.checks import FloatArray
from hgedsp.hge.estimators import SQUARE, SQUARE_ALONE, ExpectedError, code_variance, draw_variance
from hgedsp.hge.switching import code_length, one_at_a_time, simultaneous, walsh_codes
from hgedsp.studies.estimators_bench import Bench
from hgedsp.studies.estimators_switched import Switched
from hgedsp.studies.estimators_tones import PlannedTones, ToneInTurn, UnplannedTones


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


def _of_draws(bench: Bench) -> FloatArray:
    return draw_variance(bench.gradient, 1)


def _of_codes(bench: Bench) -> FloatArray:
    return code_variance(bench.third, bench.amplitude, code_length(bench.electrodes))


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
    Switched("SPSA", simultaneous, lambda k: (1, 1), SQUARE, crosstalk=_of_draws),
    Switched(
        "Walsh codes",
        walsh_codes,
        lambda k: (code_length(k), code_length(k)),
        SQUARE,
        crosstalk=_of_codes,
    ),
    PlannedTones("HGE, all tones at once, of the loss", of_loss=True),
    UnplannedTones(),
)
