"""Mean over windows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from hgedsp.block import Block, Coefficients, unit_delay
from hgedsp.checks import ComplexArray, FloatArray, require, require_integer
from hgedsp.ports import Ports
from hgedsp.promises import Average


@final
@dataclass(frozen=True, eq=False)
class IntegrateAndDump(Block):
    """Average each window of n samples and give one value per window.

    y[m] = sum(g[i] x[i]) / sum(g[i]),   i in window m, without its first `skip` samples

    With tones that make whole numbers of periods per window this is the matched filter: it
    separates them exactly. The output ticks at the last sample of its window. A window in which
    the gate never opens repeats the value before it.

    Parameters
    ----------
    window : int
        Samples n per window, from 2.
    skip : int, optional
        Samples at the start of each window to leave out, while the device settles.

    Raises
    ------
    ParameterError
        If `window` is not a whole number from 2, or `skip` is not in 0 .. window - 1.

    Notes
    -----
    The input `gate` weighs each sample; left unconnected it is 1. Wire it to 0 during ramps.
    """

    window: int
    skip: int = 0

    ports: ClassVar[Ports] = Ports(
        inputs="x[K], gate[K]=1",
        outputs="y[K]",
        state="total[K], weight[K], y1[K]",
        coefficients="skip: int64, last: int64",
    )

    def __post_init__(self) -> None:
        require_integer("IntegrateAndDump", 2, window=self.window)
        require_integer("IntegrateAndDump", 0, skip=self.skip)
        require(
            self.skip < self.window,
            f"IntegrateAndDump would skip {self.skip} of {self.window} samples, that is all",
            "skip fewer samples than the window has",
        )

    @property
    def decimation(self) -> int:
        return self.window

    def coefficients(self, rate: float) -> Coefficients:
        return self.skip, self.window - 1

    def as_average(self) -> Average:
        count = self.window - self.skip
        weights = np.where(np.arange(self.window) < self.skip, 0.0, 1.0 / count)
        return Average(weights, {"total": (count, 0.0), "weight": (0.0, count), "y1": (1.0, 0.0)})

    @staticmethod
    def step(
        x: float,
        gate: float,
        position: int,
        total: float,
        weight: float,
        y1: float,
        skip: int,
        last: int,
    ) -> tuple[float, float, float, float]:
        if position == 0:
            total = 0.0
            weight = 0.0
        if position >= skip:
            total += gate * x
            weight += gate
        y = y1
        if position == last and weight != 0.0:
            y = total / weight
        return y, total, weight, y

    def response(self, frequency: FloatArray, rate: float) -> ComplexArray:
        """Return the complex gain from input to output at each frequency (Hz), before folding.

        The phase refers to the last sample of the window.
        """
        z1 = unit_delay(np.atleast_1d(frequency), rate)
        count = self.window - self.skip
        powers = z1[:, np.newaxis] ** np.arange(count)
        gain: ComplexArray = powers.mean(axis=1).reshape(np.shape(frequency))
        return gain
