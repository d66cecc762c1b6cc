"""Noise that grows towards low frequencies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from hgedsp.block import Block
from hgedsp.blocks.lead_lag import LeadLag
from hgedsp.blocks.white_noise import WhiteNoise, density_of
from hgedsp.checks import (
    FloatArray,
    VectorLike,
    per_lane,
    require,
    require_integer,
    require_positive,
)
from hgedsp.ports import Ports
from hgedsp.wire import Wire, as_wire

_PER_DECADE = 1.5  # sections; the ripple is then 0.04 dB
_MARGIN = 10.0  # the outermost corners lie a decade outside the band


@final
@dataclass(frozen=True, eq=False)
class FlickerNoise(Block):
    """Add 1/f noise, independent in each lane.

    S(f) = density (frequency / f)^exponent   from `low` to `high`, flat a decade further out

    White noise passes through poles and zeros that take turns, equally spaced in log f [1]_.

    Parameters
    ----------
    density : float or array of shape (K,)
        One-sided power spectral density at `frequency`, square of the unit of x per Hz (A^2/Hz
        on a current).
    frequency : float, optional
        Where the density is `density`, Hz.
    low, high : float, optional
        Band in which the line is kept, Hz. It may reach beyond half the sample rate.
    exponent : float, optional
        Steepness, above 0 and below 2; 1 for 1/f.
    seed : int
        The same seed gives the same noise; it is another one than that of `WhiteNoise`.

    Raises
    ------
    ParameterError
        If a density is negative or not finite, a frequency is not positive, `low` is not below
        `high`, `exponent` is not between 0 and 2, or `seed` is not a whole number from 0.

    Notes
    -----
    From `low` to `high` the density is off the line by less than 0.05 dB, plus what sampling
    adds for exponent 1: 0.07 dB at a tenth of the sample rate, 0.46 dB at a quarter, 2 dB at a
    half. The filters start at rest: noise slower than 1/t is missing until time t.

    References
    ----------
    .. [1] Keshner (1982), "1/f noise", Proceedings of the IEEE 70, 212.
    """

    density: VectorLike
    frequency: float = 1e3
    low: float = 1.0
    high: float = 1e5
    exponent: float = 1.0
    seed: int = 0

    ports: ClassVar[Ports] = Ports(inputs="x[K]", outputs="y[K]")

    def __post_init__(self) -> None:
        object.__setattr__(self, "density", density_of("FlickerNoise", self.density))
        require_positive(
            "FlickerNoise", "Hz", frequency=self.frequency, low=self.low, high=self.high
        )
        require(
            self.low < self.high,
            f"FlickerNoise needs low below high, got {self.low:g} Hz and {self.high:g} Hz",
            "exchange the two, or widen the band",
        )
        require_positive("FlickerNoise", "", exponent=self.exponent)
        require(
            self.exponent < 2,
            f"FlickerNoise needs an exponent below 2, got {self.exponent:g}",
            "for an exponent of 2 send WhiteNoise through an Integrator",
        )
        require_integer("FlickerNoise", 0, seed=self.seed)

    def lanes(self) -> dict[str, int]:
        return per_lane("FlickerNoise", density=self.density)

    def compose(self, x: Wire) -> Wire:
        # Seeds of this size nobody chooses, so a WhiteNoise of the same seed is independent.
        white = WhiteNoise(self._level(), int(self.seed) + 2**64, name="white")
        noise = as_wire(white(0.0 * x))
        for number, (zero, pole) in enumerate(self._corners()):
            noise = as_wire(LeadLag(zero, pole, name=f"section_{number + 1}")(noise))
        return x + noise

    def spectral_density(self, frequency: FloatArray, rate: float) -> FloatArray:
        """Return the one-sided density of the noise of a single lane at each frequency (Hz)."""
        (level,) = self._level()
        gain = np.ones(np.shape(frequency))
        for zero, pole in self._corners():
            gain = gain * np.abs(LeadLag(zero, pole).response(frequency, rate)) ** 2
        density: FloatArray = level * gain
        return density

    def _level(self) -> FloatArray:
        """Return the density of the white noise, that below the band."""
        level: FloatArray = self.density * np.power(
            self.frequency / (self.low / _MARGIN), self.exponent
        )
        return level

    def _corners(self) -> list[tuple[float, float]]:
        """Return zero and pole of each section, Hz.

        A section of pole p and zero p r^(exponent/2) takes r^-exponent off the density, and r lies
        between a pole and the next, so the mean slope is -exponent. The line through the middles
        of the sections meets the flat part at p_1 r^(exponent/4 - 1/2).
        """
        first, last = self.low / _MARGIN, self.high * _MARGIN
        count = math.ceil(_PER_DECADE * math.log10(last / first))
        ratio = 10.0 ** (1.0 / _PER_DECADE)
        poles = [first * ratio ** (n + 0.5 - self.exponent / 4) for n in range(count)]
        return [(pole * ratio ** (self.exponent / 2), pole) for pole in poles]
