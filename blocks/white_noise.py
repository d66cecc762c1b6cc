"""White noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
import numpy.typing as npt
from numba.extending import register_jitable

from hgedsp.block import Block, Coefficients
from hgedsp.blocks.normal import standard_normal
from hgedsp.checks import (
    FloatArray,
    IntArray,
    VectorLike,
    as_vector,
    per_lane,
    require,
    require_integer,
)
from hgedsp.ports import Ports

# A multiply-with-carry generator is a Lehmer generator modulo a 2^32 - 1, done with nothing that
# overflows 63 bits as long as a < 2^31. For these two, a 2^32 - 1 and a 2^31 - 1 are primes, so
# that each has the longest period there is, a 2^31 - 1. A single one has a visible lattice; the
# exclusive or of two has not, and a period of 2^123.
_FIRST, _SECOND = 1762644789, 1947995178
_LOW = 2**32 - 1


@final
@dataclass(frozen=True, eq=False)
class WhiteNoise(Block):
    """Add white Gaussian noise, independent in each lane.

    y[n] = x[n] + sigma w[n],   w normal,   sigma^2 = density rate / 2

    Parameters
    ----------
    density : float or array of shape (K,)
        One-sided power spectral density of the noise, square of the unit of x per Hz (A^2/Hz on
        a current); flat up to half the sample rate.
    seed : int
        The same seed gives the same noise, at any chunk size and on any machine; blocks whose
        noise is to be independent need different ones. Set to another during a run, it begins
        that one's noise.

    Raises
    ------
    ParameterError
        If a density is negative or not finite, or `seed` is not a whole number from 0.

    Notes
    -----
    Two multiply-with-carry generators [1]_ combined give 52 bits per sample, and the inverse
    distribution function [2]_ turns them into one normal deviate, at most 8.2 sigma. The
    state starts from `seed` by NumPy's SeedSequence.

    References
    ----------
    .. [1] Couture & L'Ecuyer (1997), Mathematics of Computation 66, 591.
    .. [2] Wichura (1988), Applied Statistics 37, 477.
    """

    density: VectorLike
    seed: int

    vector: ClassVar[bool] = True
    restarted_by: ClassVar[tuple[str, ...]] = ("seed",)
    ports: ClassVar[Ports] = Ports(
        inputs="x[K]", outputs="y[K]", state="stream: int64[2]", coefficients="deviation[K]"
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "density", density_of("WhiteNoise", self.density))
        require_integer("WhiteNoise", 0, seed=self.seed)

    def lanes(self) -> dict[str, int]:
        return per_lane("WhiteNoise", density=self.density)

    def coefficients(self, rate: float) -> Coefficients:
        return (np.sqrt(np.multiply(self.density, rate / 2)),)

    def initial(self, rate: float) -> dict[str, float | npt.NDArray[Any]]:
        words = np.random.SeedSequence(int(self.seed)).generate_state(2, np.uint64)
        # From 1 to a 2^32 - 2: the two ends are fixed points.
        pairs = zip(words, (_FIRST, _SECOND), strict=True)
        return {"stream": np.array([1 + int(word) % (a * 2**32 - 2) for word, a in pairs])}

    @staticmethod
    def step(x: FloatArray, y: FloatArray, stream: IntArray, deviation: FloatArray) -> None:
        first, second = stream[0], stream[1]
        for k in range(x.size):
            first = _FIRST * (first & _LOW) + (first >> 32)
            second = _SECOND * (second & _LOW) + (second >> 32)
            y[k] = x[k] + deviation[k] * standard_normal(_uniform(first ^ second))
        stream[0], stream[1] = first, second


@register_jitable
def _uniform(bits: int) -> float:
    """Return a number between 0 and 1, neither of them, from the low 52 bits.

    The low 32 bits, which are the better ones, become the leading digits.
    """
    whole = ((bits & _LOW) << 20) | ((bits >> 32) & (2**20 - 1))
    return (whole + 0.5) * 2.0**-52


def density_of(owner: str, density: VectorLike) -> FloatArray:
    """Return a power spectral density per lane, refusing negative ones."""
    vector = as_vector(owner, "density", density)
    lowest = float(vector.min())
    require(
        lowest >= 0,
        f"{owner} needs a density of at least 0, got {lowest:g}",
        "give the one-sided power spectral density in the unit of the wire squared per Hz",
    )
    return vector
