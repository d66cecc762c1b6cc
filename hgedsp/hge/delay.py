"""The delay common to all tones, from I + jQ."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from hgedsp.checks import (
    ComplexArray,
    FloatArray,
    VectorLike,
    require,
    require_not_negative,
    require_positive,
)
from hgedsp.hge.amplitudes import checked, checked_known, checked_noise

# What is less likely than the best delay by exp(-8), four standard deviations, is excluded.
_EXCLUDED = 8.0
_POINTS_PER_PERIOD = 12
_LARGEST_SEARCH = 20_000_000


@dataclass(frozen=True)
class DelayFit:
    """A delay common to all tones, and how far it can be trusted.

    Attributes
    ----------
    delay : float
        Most likely delay, s.
    standard_error : float
        Of it, s.
    noise : float
        Standard deviation of I and of Q, in their unit; estimated from the fit unless it was given.
    alternatives : array
        Other delays that the data do not exclude at four standard deviations, s, best first.
    at_edge : bool
        Whether the most likely delay is the longest one searched: a longer one may be likelier.
    period : float
        All delays that differ by a multiple of it look the same at these tones, s; infinite if
        there is no such period.
    """

    delay: float
    standard_error: float
    noise: float
    alternatives: FloatArray
    at_edge: bool
    period: float

    @property
    def warning(self) -> str:
        """What to beware of, or nothing."""
        if self.at_edge:
            return f"a delay of {self.delay:.4g} s is the longest one searched: search further"
        if not self.alternatives.size:
            return ""
        others = ", ".join(f"{delay:.4g} s" for delay in self.alternatives[:3])
        return (
            f"a delay of {self.delay:.4g} s cannot be told from {others}: the tones lie too far "
            "apart for the delays searched, or the noise is too large"
        )

    def phase(self, frequency: VectorLike) -> FloatArray:
        """Return theta = -2 pi f delay at frequencies in Hz, rad."""
        phase: FloatArray = -2 * np.pi * self.delay * np.asarray(frequency, dtype=np.float64)
        return phase


def fit_delay(
    frequency: VectorLike,
    z: npt.ArrayLike,
    *,
    longest: float,
    shortest: float = 0.0,
    known: npt.ArrayLike | None = None,
    noise: VectorLike | None = None,
) -> DelayFit:
    """Find the delay common to all tones, by maximum likelihood.

    Without knowledge of the derivatives their signs are removed by squaring,
    arg(Z_k^2) = -4 pi f_k tau, and

        log L(tau) = Re sum_k sum_w Z_wk^2 / (4 sigma_k^2) exp(4 pi j f_k tau);

    with a known path, Z_wk = known_wk exp(-2 pi j f_k tau), it is
    Re sum_k sum_w Z_wk known_wk / sigma_k^2 exp(2 pi j f_k tau).

    Parameters
    ----------
    frequency : array of shape (K,)
        Hz.
    z : complex array of shape (W, K) or (K,)
        I + j Q of each tone at W operating points or windows.
    longest, shortest : float
        Delays to search between, s.
    known : array of shape (K,) or (W, K), optional
        Amplitudes that a path without delay would give, with sign, in the unit of z: of a
        loop-back with gain g the amplitudes of the tones times g.
    noise : float or array of shape (K,), optional
        Standard deviation of I and of Q, in the unit of z. If left out, it is taken from what the
        fit leaves, equal for all tones.

    Returns
    -------
    DelayFit

    Raises
    ------
    ParameterError
        If shapes or ranges do not fit, all z are 0, or noise is not given and cannot be estimated.

    Notes
    -----
    With H = exp(-2 pi j f tau) the log likelihood is -|Z - r H|^2 / (2 sigma^2). The best real r is
    Re(Z conj(H)), which leaves (Re(Z conj(H)))^2 / (2 sigma^2) = (|Z|^2 + Re(Z^2 conj(H)^2)) /
    (4 sigma^2), but for what does not depend on tau [1]_; where r is known, Re(Z r conj(H)) /
    sigma^2.

    The squares of the noise of I and Q cancel, so weak tones add noise but no bias. An inverting
    path (theta = pi) cannot be told from a non-inverting one by squares; a known path shows it as
    half a period of delay, or by `fit_phase`.

    var(delay) = 1 / sum_k (2 pi f_k)^2 sum_w |Z_wk|^2 / sigma_k^2, the inverse of the curvature.

    References
    ----------
    .. [1] Kay (1993), Fundamentals of Statistical Signal Processing: Estimation Theory, ch. 7.
    """
    tones, values = checked(frequency, z)
    require_not_negative("fit_delay", "s", shortest=shortest)
    require_positive("fit_delay", "s", longest=longest)
    require(
        longest > shortest,
        f"fit_delay has no delays to search from {shortest:g} s to {longest:g} s",
        "give longest above shortest",
    )
    order = 2 if known is None else 1
    strength = values**2 / 4 if known is None else values * checked_known(known, values)
    given = None if noise is None else checked_noise(noise, tones.size)
    weight = np.ones(tones.size) if given is None else given**-2.0
    total = (strength * weight).sum(axis=0)
    require(
        bool(np.any(total != 0)),
        "fit_delay was given no signal: all z are 0",
        "look whether the tones arrive at all",
    )
    peaks, heights = _peaks(order * tones, total, shortest, longest)
    best = float(peaks[0])
    sigma = _left_over(values, tones, best, known) if given is None else 1.0
    heights = heights / sigma**2
    curvature = (2 * np.pi * order * tones) ** 2 @ (
        total * np.exp(2j * np.pi * order * tones * best)
    ).real
    apart = np.abs(peaks - best) > 1 / (4 * order * tones.max())
    other = peaks[apart & (heights[0] - heights < _EXCLUDED)]
    return DelayFit(
        best,
        sigma / math.sqrt(curvature) if curvature > 0 else math.inf,
        sigma if given is None else float(np.sqrt(np.mean(given**2))),
        other,
        best >= longest,
        _period(order * tones),
    )


def _peaks(
    frequency: FloatArray, weight: ComplexArray, shortest: float, longest: float
) -> tuple[FloatArray, FloatArray]:
    """Return where Re sum_k weight_k exp(2 pi j f_k tau) has its maxima, highest first."""
    points = 2 + math.ceil(_POINTS_PER_PERIOD * float(frequency.max()) * (longest - shortest))
    require(
        points <= _LARGEST_SEARCH,
        f"fit_delay would search {points} delays from {shortest:g} s to {longest:g} s",
        "give a shorter longest: converters and amplifiers delay by milliseconds",
    )
    tau = np.linspace(shortest, longest, points)
    height = np.zeros(points)
    for f, v in zip(frequency, weight, strict=True):
        height += (v * np.exp(2j * np.pi * f * tau)).real
    wide = np.r_[-np.inf, height, -np.inf]
    tau = tau[(height >= wide[:-2]) & (height > wide[2:])]
    omega = 2j * np.pi * frequency
    for _ in range(6):  # Newton, from a twelfth of a period away
        terms = weight * np.exp(np.multiply.outer(tau, omega))
        slope, curvature = (terms @ omega).real, (terms @ omega**2).real
        down = curvature < 0
        step = np.divide(slope, curvature, out=np.zeros_like(slope), where=down)
        tau = np.clip(tau - step, shortest, longest)
    heights = (weight * np.exp(np.multiply.outer(tau, omega))).real.sum(axis=1)
    order = np.argsort(-heights)
    return tau[order], heights[order]


def _left_over(
    values: ComplexArray, tones: FloatArray, delay: float, known: npt.ArrayLike | None
) -> float:
    """Return the standard deviation of I and of Q that a fit leaves."""
    turned = values * np.exp(2j * np.pi * tones * delay)
    if known is None:
        residual, freedom = turned.imag, values.size - 1
        total = float((residual**2).sum())
    else:
        total = float((np.abs(turned - checked_known(known, values)) ** 2).sum())
        freedom = 2 * values.size - 1
    require(
        freedom > 0,
        "fit_delay cannot tell noise from signal with one tone in one window",
        "give noise, or z of several tones, windows or operating points",
    )
    # Rounding is left over, too: without it a perfect fit would exclude everything.
    floor = 1e-15 * float(np.abs(values).max())
    return max(math.sqrt(total / freedom), floor)


def _period(frequency: FloatArray) -> float:
    """Return the common period of all tones, s; infinite if they have none within rounding."""
    lowest = float(frequency.min())
    ratios = [float(f) / lowest for f in frequency]
    fractions = [Fraction(ratio).limit_denominator(10**4) for ratio in ratios]
    if any(abs(f - ratio) > 1e-10 * ratio for f, ratio in zip(fractions, ratios, strict=True)):
        return math.inf
    # Tones are counts times lowest / common; what all counts share makes the period shorter.
    common = math.lcm(*(f.denominator for f in fractions))
    shared = math.gcd(*(int(f * common) for f in fractions))
    return common / shared / lowest
