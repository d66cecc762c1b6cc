"""K reference oscillators, tied to one sample clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
from numba.extending import register_jitable

from hgedsp.block import Block, Coefficients
from hgedsp.blocks.exact_ratios import divided, exact_ratio, exact_ratios, remainders
from hgedsp.checks import FloatArray, IntArray, VectorLike, as_vector, common_lanes, require
from hgedsp.ports import Ports
from hgedsp.promises import Tones
from hgedsp.units import format_quantity, format_rate

# sin(pi/2 s) on -1 <= s <= 1 as an odd polynomial, from its Chebyshev series
# 2 sum_k (-1)^k J_{2k+1}(pi/2) T_{2k+1}(s) (Abramowitz & Stegun 9.1.45) cut after T_17.
_S1, _S3, _S5 = 1.5707963267948966, -0.6459640975062461, 0.07969262624616377
_S7, _S9, _S11 = -0.00468175413529262, 0.00016044118467432308, -3.5988429471694496e-06
_S13, _S15, _S17 = 5.692128535390041e-08, -6.683965864592469e-10, 5.862365669583202e-12


@final
@dataclass(frozen=True, eq=False)
class Oscillator(Block):
    """Make K pairs of references.

    in_phase_k   = sin(2 pi f_k t + phase_k)
    quadrature_k = cos(2 pi f_k t + phase_k)

    Parameters
    ----------
    frequency : float or array of shape (K,)
        Frequencies f_k, Hz; above 0 and below half the sample rate.
    phase : float or array of shape (K,), optional
        Phase at sample 0, rad.

    Raises
    ------
    ParameterError
        If lengths differ, a value is not finite, a frequency is not positive, or, once the rate
        is known, a tone lies at or above half of it.

    Notes
    -----
    From sample to sample each pair is turned by its angle; every 128 samples it is made anew from a
    whole-number counter. Frequency over rate is a fraction p/q (that of the decimal numbers as
    written, else the nearest with q < 2^61), and the counter adds 128 p modulo q, so a tone never
    drifts: after any number of samples its references are off by less than 1e-13 (4e-14 below a
    quarter of the rate), half of all by less than 3e-15. Nearly all of it is the rounding of the
    angle, times up to 127 turns; a pair made anew is off by 3e-15 rad (counter, product and sum of
    the phase) and 4e-16 (sine). For fractions with larger q the frequency is off by less than
    2^-61 of the rate. A frequency or phase that is set during a run holds as if it had from sample
    0 on.
    """

    frequency: VectorLike
    phase: VectorLike = 0.0

    ports: ClassVar[Ports] = Ports(
        outputs="in_phase[K], quadrature[K]",
        state="in_phase[K], quadrature[K], count: int64[K]",
        coefficients="cosine[K], sine[K], advance: int64[K], denominator: int64[K], per_count[K], "
        "turn[K]",
    )
    refresh_every: ClassVar[int] = 128
    rare: ClassVar[tuple[str, ...]] = ("count", "advance", "denominator", "per_count", "turn")

    def __post_init__(self) -> None:
        for name, unit in (("frequency", "Hz"), ("phase", "rad")):
            vector = as_vector("Oscillator", name, getattr(self, name), unit)
            object.__setattr__(self, name, vector)
        require_positive_frequency("Oscillator", self.frequency)
        common_lanes("Oscillator", **self._vectors())

    def lanes(self) -> dict[str, int]:
        return {"K": common_lanes("Oscillator", **self._vectors())}

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
        numerator, denominator = self._ratios(rate)
        angle = 2 * np.pi * divided(numerator, denominator)
        return (
            np.cos(angle),
            np.sin(angle),
            remainders(self.refresh_every, numerator, denominator),
            denominator,
            1.0 / denominator,
            self._turn(),
        )

    def initial(self, rate: float) -> dict[str, float | FloatArray]:
        return self.state_at(rate, 0)

    def state_at(self, rate: float, tick: int) -> dict[str, float | FloatArray]:
        """Return the references at any sample, and the counter as it was made anew last."""
        # Half a turn either way of zero, where an angle has the most digits.
        phase = 2 * np.pi * (np.mod(self._turns_at(tick, rate) + 0.5, 1.0) - 0.5)
        last = tick - tick % self.refresh_every
        count: Any = remainders(last, *self._ratios(rate))
        return {"in_phase": np.sin(phase), "quadrature": np.cos(phase), "count": count}

    def as_tones(self, rate: float) -> Tones:
        numerator, denominator = self._ratios(rate)
        turn = self._turn()
        return Tones(numerator, denominator, {"in_phase": turn, "quadrature": turn + 0.25})

    def phase_at(self, sample: int, rate: float) -> FloatArray:
        """Return the phase of each tone at any sample index, rad in [0, 2 pi), shape (K,)."""
        phase: FloatArray = 2 * np.pi * np.mod(self._turns_at(sample, rate), 1.0)
        return phase

    def _turns_at(self, sample: int, rate: float) -> FloatArray:
        numerator, denominator = self._ratios(rate)
        return divided(remainders(sample, numerator, denominator), denominator) + self._turn()

    @staticmethod
    def step(in_phase: float, quadrature: float, cosine: float, sine: float) -> tuple[float, float]:
        return (
            in_phase * cosine + quadrature * sine,
            quadrature * cosine - in_phase * sine,
        )

    @staticmethod
    def refresh(
        in_phase: float,
        quadrature: float,
        count: int,
        cosine: float,
        sine: float,
        advance: int,
        denominator: int,
        per_count: float,
        turn: float,
    ) -> tuple[float, float, int]:
        count += advance
        if count >= denominator:
            count -= denominator
        u = count * per_count + turn
        # From [-0.5, 1.5) to half a turn either way of zero.
        u -= 1.0 if u >= 0.5 else 0.0
        magnitude = abs(u)
        # Both quarters of a half-turn fold onto |s| <= 1, where the polynomial holds.
        s = 1.0 - abs(4.0 * magnitude - 1.0)
        c = 1.0 - 4.0 * magnitude
        return _quarter_sine(s if u >= 0.0 else -s), _quarter_sine(c), count

    def _ratios(self, rate: float) -> tuple[IntArray, IntArray]:
        return exact_ratios(self._vectors()["frequency"], rate)

    def _turn(self) -> FloatArray:
        turn: FloatArray = np.mod(self._vectors()["phase"] / (2 * np.pi) + 0.5, 1.0) - 0.5
        return turn

    def _vectors(self) -> dict[str, FloatArray]:
        vectors = {
            name: as_vector("Oscillator", name, getattr(self, name))
            for name in ("frequency", "phase")
        }
        lanes = common_lanes("Oscillator", **vectors)
        return {name: np.broadcast_to(vector, (lanes,)) for name, vector in vectors.items()}


@register_jitable
def _quarter_sine(s: float) -> float:
    """Return sin(pi/2 s) for -1 <= s <= 1, within 4e-16."""
    x = s * s
    high = _S9 + x * (_S11 + x * (_S13 + x * (_S15 + x * _S17)))
    return s * (_S1 + x * (_S3 + x * (_S5 + x * (_S7 + x * high))))


def require_positive_frequency(owner: str, frequency: VectorLike) -> None:
    """Refuse frequencies of zero and below."""
    low = float(np.min(frequency))
    require(
        low > 0,
        f"{owner} needs frequencies above 0 Hz, got {low:g} Hz",
        "give every tone a positive frequency in Hz",
    )


def bins(frequency: FloatArray, rate: float, window: int) -> IntArray | None:
    """Return how many periods each tone makes in a window, or None if one makes no whole number."""
    counts = [exact_ratio(f, rate) * window for f in frequency]
    if any(count.denominator != 1 for count in counts):
        return None
    return np.array([int(count) for count in counts], dtype=np.int64)
