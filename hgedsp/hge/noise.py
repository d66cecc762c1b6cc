"""How far noise scatters an estimated derivative, and how little any estimator could scatter."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hgedsp.checks import (
    FloatArray,
    VectorLike,
    as_vector,
    require,
    require_not_negative,
    require_positive,
)
from hgedsp.hge.filters import Response, noise_bandwidth

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
        S at frequencies in Hz, in the unit of the densities.
    """
    require_not_negative("mixed_density", "", white=white, flicker=flicker)
    require_positive("mixed_density", "Hz", frequency=frequency)

    def density(f: FloatArray) -> FloatArray:
        result: FloatArray = white + flicker * (frequency / np.asarray(f)) ** exponent
        return result

    return density


def density_at(density: Density, frequency: VectorLike) -> FloatArray:
    """Return the density at each frequency (Hz).

    Returns
    -------
    array of the shape of `frequency`
        A^2/Hz.
    """
    f = np.asarray(frequency, dtype=np.float64)
    if callable(density):
        return np.asarray(density(f), dtype=np.float64)
    require_not_negative("density_at", "", density=density)
    return np.full(f.shape, float(density))


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

    Notes
    -----
    White noise of N samples has sigma^2 = S rate / 2, and 2/(N a) sum(y sin) the variance
    2 sigma^2 / (N a^2).
    """
    require_positive("window_variance", "s", window=window)
    a = as_vector("window_variance", "amplitude", amplitude, "V")
    result: FloatArray = density_at(density, frequency) / (window * a**2)
    return result


def cramer_rao_bound(density: float, amplitude: VectorLike, window: float) -> FloatArray:
    """Return the least variance that an unbiased estimator of the derivatives can have.

    bound_k = S / (T a_k^2) = 2 sigma^2 / (N a_k^2)

    For white Gaussian noise of one-sided density S, tones of known frequency and phase [1]_.
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

    References
    ----------
    .. [1] Kay, Fundamentals of Statistical Signal Processing: Estimation Theory, ch. 4.
    """
    require_not_negative("cramer_rao_bound", "", density=density)
    return window_variance(density, np.zeros(1), amplitude, window)


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

    Notes
    -----
    Noise n, mixed with 2 sin / a and averaged with weights h[m], is n behind a filter with weights
    2 h[m] sin(theta - 2 pi f_k m / rate) / a, of response
    (exp(i theta) H(f + f_k) - exp(-i theta) H(f - f_k)) / (i a).

    The integral is done by Gauss-Legendre sums over panels as wide as the filter's noise bandwidth,
    and finer ones at 0 Hz.
    """
    tones = as_vector("filtered_variance", "frequency", frequency, "Hz")
    a, theta = np.broadcast_to(amplitude, tones.shape), None
    if phase is not None:
        theta = np.broadcast_to(phase, tones.shape)
    f, weight = _frequencies(noise_bandwidth(response, rate), rate / 2)
    power = weight * density_at(density, f)
    require(
        bool(np.isfinite(power).all()),
        "filtered_variance met a density that is not finite",
        "give a density that is a number at every frequency from above 0 to half the sample rate",
    )
    result = np.empty(tones.shape)
    for k, tone in enumerate(tones):
        above, below = response(f + tone, rate), response(f - tone, rate)
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
    """
    result: FloatArray = np.asarray(bound, dtype=np.float64) / np.asarray(variance, np.float64)
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
