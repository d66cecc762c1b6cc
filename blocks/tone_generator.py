"""K tones: perturbation and references, tied to one sample clock."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, final

import numpy as np
from numba.extending import register_jitable

from hgedsp.block import Block, Coefficients
from hgedsp.checks import (
    FloatArray,
    IntArray,
    VectorLike,
    as_vector,
    common_lanes,
    require,
)
from hgedsp.ports import Ports
from hgedsp.units import format_quantity, format_rate

# Numerator and denominator of a tone must leave room for one addition in 63 bits.
_LARGEST_DENOMINATOR = 2**61

# sin(pi/2 s) on -1 <= s <= 1 as an odd polynomial, from its Chebyshev series
# 2 sum_k (-1)^k J_{2k+1}(pi/2) T_{2k+1}(s) (Abramowitz & Stegun 9.1.45) cut after T_17.
_S1, _S3, _S5 = 1.5707963267948966, -0.6459640975062461, 0.07969262624616377
_S7, _S9, _S11 = -0.00468175413529262, 0.00016044118467432308, -3.5988429471694496e-06
_S13, _S15, _S17 = 5.692128535390041e-08, -6.683965864592469e-10, 5.862365669583202e-12


@final
@dataclass(frozen=True, eq=False)
class ToneGenerator(Block):
    """Make K tones, each with its two references.

    perturbation_k = amplitude_k sin(2 pi f_k t + phase_k)
    in_phase_k     = sin(2 pi f_k t + phase_k)
    quadrature_k   = cos(2 pi f_k t + phase_k)

    Parameters
    ----------
    frequency : array of shape (K,)
        Frequencies f_k, Hz; above 0 and below half the sample rate.
    amplitude : float or array of shape (K,)
        Perturbation amplitude (peak), V.
    phase : float or array of shape (K,), optional
        Phase at sample 0, rad.

    Raises
    ------
    ParameterError
        If lengths differ, a value is not finite, a frequency is not positive, or, once the rate
        is known, a tone lies at or above half of it.

    Notes
    -----
    Frequency over rate is a fraction p/q (that of the decimal numbers as written, else the nearest
    with q < 2^61), and a whole-number counter adds p modulo q at each sample. A tone therefore
    never drifts: after any number of samples its phase is off by less than 3e-15 rad, four
    roundings of 1.1e-16 turns (counter, 1/q, product, sum); sine and cosine add 4e-16. For
    fractions with larger q the frequency is off by less than 2^-61 of the rate.
    """

    frequency: VectorLike
    amplitude: VectorLike
    phase: VectorLike = 0.0

    ports: ClassVar[Ports] = Ports(
        outputs="perturbation[K], in_phase[K], quadrature[K]",
        state="count: int64[K]",
        coefficients="numerator: int64[K], denominator: int64[K], per_count[K], turn[K], "
        "amplitude[K]",
    )

    def __post_init__(self) -> None:
        for name, unit in (("frequency", "Hz"), ("amplitude", "V"), ("phase", "rad")):
            vector = as_vector("ToneGenerator", name, getattr(self, name), unit)
            object.__setattr__(self, name, vector)
        low = float(np.min(self.frequency))
        require(
            low > 0,
            f"ToneGenerator needs frequencies above 0 Hz, got {low:g} Hz",
            "give every tone a positive frequency in Hz",
        )
        common_lanes("ToneGenerator", **self._vectors())

    def lanes(self) -> dict[str, int]:
        return {"K": common_lanes("ToneGenerator", **self._vectors())}

    def check_rate(self, rate: float) -> None:
        frequency = self._vectors()["frequency"]
        for k in np.flatnonzero(frequency >= rate / 2)[:1]:
            require(
                False,
                f"tone {k} at {format_quantity(frequency[k], 'Hz', 6)} is not below "
                f"half the sample rate, {format_rate(rate / 2)}",
                f"sample faster than {format_rate(2 * frequency[k])}, or lower the tone",
            )

    def coefficients(self, rate: float) -> Coefficients:
        vectors = self._vectors()
        fractions = [exact_ratio(f, rate) for f in vectors["frequency"]]
        numerator = np.array([f.numerator for f in fractions], dtype=np.int64)
        denominator = np.array([f.denominator for f in fractions], dtype=np.int64)
        turn = np.mod(vectors["phase"] / (2 * np.pi) + 0.5, 1.0) - 0.5
        return numerator, denominator, 1.0 / denominator, turn, vectors["amplitude"]

    def phase_at(self, sample: int, rate: float) -> FloatArray:
        """Return the phase of each tone at any sample index, rad in [0, 2 pi), shape (K,)."""
        numerator, denominator, _, turn, _ = self.coefficients(rate)
        turns = [
            sample * int(p) % int(q) / int(q)
            for p, q in zip(np.asarray(numerator), np.asarray(denominator), strict=True)
        ]
        phase: FloatArray = 2 * np.pi * np.mod(np.array(turns) + turn, 1.0)
        return phase

    @staticmethod
    def step(
        count: int,
        numerator: int,
        denominator: int,
        per_count: float,
        turn: float,
        amplitude: float,
    ) -> tuple[float, float, float, int]:
        u = count * per_count + turn
        # From [-0.5, 1.5) to half a turn either way of zero.
        u -= 1.0 if u >= 0.5 else 0.0
        magnitude = abs(u)
        # Both quarters of a half-turn fold onto |s| <= 1, where the polynomial holds.
        s = 1.0 - abs(4.0 * magnitude - 1.0)
        c = 1.0 - 4.0 * magnitude
        sine = _quarter_sine(s if u >= 0.0 else -s)
        cosine = _quarter_sine(c)
        count += numerator
        if count >= denominator:
            count -= denominator
        return amplitude * sine, sine, cosine, count

    def _vectors(self) -> dict[str, FloatArray]:
        return {
            name: as_vector("ToneGenerator", name, getattr(self, name))
            for name in ("frequency", "amplitude", "phase")
        }


@register_jitable
def _quarter_sine(s: float) -> float:
    """Return sin(pi/2 s) for -1 <= s <= 1, within 4e-16."""
    x = s * s
    high = _S9 + x * (_S11 + x * (_S13 + x * (_S15 + x * _S17)))
    return s * (_S1 + x * (_S3 + x * (_S5 + x * (_S7 + x * high))))


def exact_ratio(frequency: float, rate: float) -> Fraction:
    """Return frequency over rate as the fraction meant by the decimal numbers as written."""
    ratio = Fraction(repr(float(frequency))) / Fraction(repr(float(rate)))
    return ratio.limit_denominator(_LARGEST_DENOMINATOR)


def bins(frequency: FloatArray, rate: float, window: int) -> IntArray | None:
    """Return how many periods each tone makes in a window, or None if one makes no whole number."""
    counts = [exact_ratio(f, rate) * window for f in frequency]
    if any(count.denominator != 1 for count in counts):
        return None
    return np.array([int(count) for count in counts], dtype=np.int64)
