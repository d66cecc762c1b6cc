"""How far noise scatters an estimated derivative, and how little any estimator could scatter."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hgedsp.checks import (
    FloatArray,
    VectorLike,
    all_positive,
    as_lanes,
    as_numbers,
    as_vector,
    common_lanes,
    common_shape,
    require,
    require_not_negative,
    require_positive,
)
from hgedsp.hge.filters import Response, gain_of, noise_bandwidth

Density = float | Callable[[FloatArray], FloatArray]
"""One-sided power spectral density: a number, or a function of frequency (Hz). Unit^2/Hz."""

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)


def mixed_density(
    white: float, flicker: float, frequency: float = 1e3, exponent: float = 1.0
) -> Callable[[FloatArray], FloatArray]:
    """Return white noise plus 1/f noise as a density.

    S(f) = white + flicker (frequency / f)^exponent

    Parameters
    ----------
    white, flicker : float
        Densities, the second at `frequency` (Hz); A^2/Hz on a current.
    exponent : float, optional
        Steepness.

    Returns
    -------
    callable
        S at frequencies above 0 Hz, in the unit of the densities.

    Raises
    ------
    ParameterError
        If a density is negative, the frequency not positive, or the exponent not finite.

    Notes
    -----
    A model, not a law: the two sources are independent, so their densities add up. They are equal
    at frequency (flicker / white)^(1 / exponent).
    """
    require_not_negative("mixed_density", "", white=white, flicker=flicker)
    require_positive("mixed_density", "Hz", frequency=frequency)
    as_numbers("mixed_density", "exponent", exponent)

    def density(f: FloatArray) -> FloatArray:
        above = all_positive("mixed_density", "f", as_numbers("mixed_density", "f", f, "Hz"), "Hz")
        result: FloatArray = white + flicker * (frequency / above) ** exponent
        return result

    return density


def density_at(owner: str, density: Density, frequency: FloatArray) -> FloatArray:
    """Return the density at each frequency (Hz), finite and not negative.

    Returns
    -------
    array of the shape of `frequency`
        A^2/Hz.
    """
    if not callable(density):
        require_not_negative(owner, "A^2/Hz", density=density)
        return np.full(frequency.shape, float(density))
    found = np.asarray(density(frequency), dtype=np.float64)
    require(
        found.shape in ((), frequency.shape),
        f"{owner} met a density of shape {found.shape} at frequencies of shape {frequency.shape}",
        "let the density return one number per frequency",
    )
    values = np.broadcast_to(found, frequency.shape)
    wrong = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
    require(
        wrong.size == 0,
        f"{owner} met a density that is negative or not finite, "
        f"{values[wrong[:1]]} at {frequency[wrong[:1]]} Hz",
        "give a density that is 0 or positive at every frequency from above 0 to half the sample "
        "rate",
    )
    return values


def window_variance(
    density: Density, frequency: VectorLike, amplitude: VectorLike, window: float
) -> FloatArray:
    """Return the variance of the derivative by each tone, averaged over whole periods.

    var(g_k) = S(f_k) / (T a_k^2)

    Valid where S hardly changes within 1/T of a tone; `filtered_variance` knows no such limit.

    Parameters
    ----------
    density : float or callable
        One-sided density S of the output's noise, A^2/Hz.
    frequency, amplitude : array of shape (K,)
        Tones, Hz, and their amplitudes a_k (peak), V.
    window : float
        Time T that is averaged over, s.

    Returns
    -------
    array of shape (K,)
        (A/V)^2.

    Raises
    ------
    ParameterError
        If the density is below zero or not finite, or a tone, an amplitude or the window is not
        positive.

    Notes
    -----
    White noise of N samples has sigma^2 = S rate / 2, and 2/(N a) sum(y sin) the variance
    4/(N a)^2 sigma^2 sum(sin^2) = 2 sigma^2 / (N a^2), with N = T rate.
    """
    tones = _positive("window_variance", "frequency", frequency, "Hz")
    return _variance("window_variance", density, tones, amplitude, window)


def cramer_rao_bound(density: float, amplitude: VectorLike, window: float) -> FloatArray:
    """Return the least variance that an unbiased estimator of the derivatives can have.

    bound_k = S / (T a_k^2) = 2 sigma^2 / (N a_k^2)

    For white Gaussian noise of one-sided density S, tones of known frequency and phase [1]_ [2]_.
    Tones that are orthogonal over the window do not cost each other anything. `window_variance`
    equals it: averaging whole periods is efficient.

    Parameters
    ----------
    density : float
        S, A^2/Hz.
    amplitude : float or array of shape (K,)
        Peak amplitudes a_k, V.
    window : float
        T, s.

    Returns
    -------
    array of shape (K,)
        (A/V)^2.

    Raises
    ------
    ParameterError
        If the density is below zero, or an amplitude or the window is not positive.

    Notes
    -----
    The output is linear in the derivatives, y = sum_k g_k a_k sin(theta_k) + n, so the information
    on g_k is sum(a_k^2 sin^2) / sigma^2 = N a_k^2 / (2 sigma^2), and nothing is shared between
    orthogonal tones; sigma^2 = S rate / 2.

    References
    ----------
    .. [1] Rife & Boorstyn (1974), IEEE Transactions on Information Theory 20, 591-598.
    .. [2] Kay (1993), Fundamentals of Statistical Signal Processing: Estimation Theory, ch. 4.
    """
    require_not_negative("cramer_rao_bound", "A^2/Hz", density=density)
    return _variance("cramer_rao_bound", density, np.zeros(1), amplitude, window)


def filtered_variance(
    density: Density,
    response: Response,
    rate: float,
    frequency: VectorLike,
    amplitude: VectorLike,
    phase: VectorLike | None = None,
) -> FloatArray:
    """Return the variance of the derivative by each tone behind any filter, for any noise.

    var(g_k) = 1/a_k^2 integral of S(f) (abs(H(f - f_k))^2 + abs(H(f + f_k))^2
               - 2 Re exp(2 i theta_k) H(f + f_k) conj(H(f - f_k))) over f from 0 to rate / 2

    where H is the filter behind the mixer and theta_k the phase of the reference at the sample
    that is looked at. Without phases the last term, which swings at twice the tone, is left out:
    the mean over all samples. For white noise the rest is 2 S NEPBW / a_k^2.

    Parameters
    ----------
    density : float or callable
        One-sided density S of the noise, A^2/Hz.
    response : callable
        H(frequency, rate); that of a block will do.
    rate : float
        Sample rate, Hz.
    frequency, amplitude : array of shape (K,)
        Tones, Hz, and their amplitudes (peak), V.
    phase : array of shape (K,), optional
        theta_k, rad.

    Returns
    -------
    array of shape (K,)
        (A/V)^2.

    Raises
    ------
    ParameterError
        If the density is below zero or not finite somewhere, a tone is not between 0 Hz and half
        the sample rate, an amplitude is not positive, or shapes do not fit.

    Notes
    -----
    Noise n, mixed with 2 sin / a and averaged with weights h[m], is n behind a filter with weights
    2 h[m] sin(theta - 2 pi f_k m / rate) / a, of response
    (exp(i theta) H(f + f_k) - exp(-i theta) H(f - f_k)) / (i a).

    The integral is done by Gauss-Legendre sums over panels as wide as the filter's noise bandwidth,
    and finer ones at 0 Hz.
    """
    owner = "filtered_variance"
    require_positive(owner, "Hz", rate=rate)
    tones = _positive(owner, "frequency", frequency, "Hz")
    require(
        bool(tones.max() < rate / 2),
        f"filtered_variance needs tones below half the sample rate, got {tones.max():g} Hz at "
        f"{rate:g} Hz",
        f"give tones below {rate / 2:g} Hz, or the rate at which the mixer runs",
    )
    a = all_positive(owner, "amplitude", as_lanes(owner, "amplitude", amplitude, tones.size), "V")
    theta = None if phase is None else as_lanes(owner, "phase", phase, tones.size, "rad")
    f, weight = _frequencies(noise_bandwidth(response, rate), rate / 2)
    power = weight * density_at(owner, density, f)
    result = np.empty(tones.shape)
    for k, tone in enumerate(tones):
        above, below = (gain_of(owner, response, f + shift, rate) for shift in (tone, -tone))
        gain = np.abs(above) ** 2 + np.abs(below) ** 2
        if theta is not None:
            gain -= 2.0 * np.real(np.exp(2j * theta[k]) * above * np.conj(below))
        result[k] = power @ gain / a[k] ** 2
    return result


def efficiency(variance: VectorLike, bound: VectorLike) -> FloatArray:
    """Return the bound over the variance: 1 is as good as can be.

    Returns
    -------
    array of the shape of `variance`

    Raises
    ------
    ParameterError
        If a variance is not positive, a bound is negative, or their shapes do not fit.

    Notes
    -----
    The definition of an estimator's efficiency: bound / variance.
    """
    owner = "efficiency"
    found = all_positive(owner, "variance", as_numbers(owner, "variance", variance))
    least = all_positive(owner, "bound", as_numbers(owner, "bound", bound), zero=True)
    common_shape(owner, variance=found, bound=least)
    result: FloatArray = least / found
    return result


def _positive(owner: str, name: str, value: VectorLike, unit: str) -> FloatArray:
    return all_positive(owner, name, as_vector(owner, name, value, unit), unit)


def _variance(
    owner: str, density: Density, tones: FloatArray, amplitude: VectorLike, window: float
) -> FloatArray:
    """Return S / (T a^2)."""
    require_positive(owner, "s", window=window)
    a = _positive(owner, "amplitude", amplitude, "V")
    common_lanes(owner, frequency=tones, amplitude=a)
    result: FloatArray = density_at(owner, density, tones) / (window * a**2)
    return result


def _frequencies(width: float, end: float) -> tuple[FloatArray, FloatArray]:
    """Return nodes and weights over 0 to `end`, panels of `width` or less, finer towards 0."""
    count = max(1, round(end / width))
    equal = np.linspace(0.0, end, count + 1)
    fine = equal[1] * 2.0 ** np.arange(-30.0, 0.0)
    edges = np.concatenate([[0.0], fine, equal[1:]])
    half = np.diff(edges) / 2
    nodes = edges[:-1, np.newaxis] + half[:, np.newaxis] * (1 + _NODES)
    weights = half[:, np.newaxis] * _WEIGHTS
    return nodes.ravel(), weights.ravel()
