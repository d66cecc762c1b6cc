"""Periodic outputs as lines of a spectrum, and what any filter behind a mixer makes of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hgedsp.checks import (
    ComplexArray,
    FloatArray,
    IntArray,
    VectorLike,
    all_positive,
    as_lanes,
    as_vector,
    require,
    require_integer,
    require_positive,
)
from hgedsp.hge.derivatives import Derivatives, require_derivatives
from hgedsp.hge.filters import Response, gain_of
from hgedsp.hge.products import products

VectorFunction = Callable[[FloatArray], FloatArray]
"""A device: currents (N,), A, at voltages (N, K), V."""

_CHUNK = 1 << 20  # numbers at a time


def window_lines(
    function: VectorFunction,
    point: VectorLike,
    amplitude: VectorLike,
    bins: VectorLike,
    phase: VectorLike,
    samples: int,
) -> ComplexArray:
    """Return the lines of a device's output, y[n] = sum over m of Y[m] exp(2 pi i m n / N).

    y[n] = f(p + a sin(2 pi bins n / N + phase)),   n = 0 .. N - 1

    Parameters
    ----------
    function : callable
        Currents (N,) at voltages (N, K).
    point, amplitude, phase : float or array of shape (K,)
        Operating point, V, amplitudes, V, and phases at sample 0, rad.
    bins : int array of shape (K,)
        Periods of each tone per window.
    samples : int
        Samples N per window.

    Returns
    -------
    complex array of shape (N,)
        In the order of `numpy.fft.fft`. It holds for any amplitude and any device.

    Raises
    ------
    ParameterError
        If bins are no whole numbers below half of `samples`, an amplitude is not positive, shapes
        do not fit, or the device does not return one finite current per point.

    Notes
    -----
    The discrete Fourier transform of one window, over N: tones of whole periods repeat after it.
    """
    k, p, a, phi = _plan("window_lines", bins, samples, point, amplitude, phase)
    current = np.empty(samples)
    step = max(1, _CHUNK // k.size)
    for start in range(0, samples, step):
        n = np.arange(start, min(start + step, samples))
        current[n] = currents("window_lines", function, p + a * np.sin(_theta(n, k, phi, samples)))
    lines: ComplexArray = np.fft.fft(current) / samples
    return lines


def expected_lines(
    derivatives: Derivatives,
    amplitude: VectorLike,
    bins: VectorLike,
    phase: VectorLike,
    samples: int,
) -> ComplexArray:
    """Return the lines that a device's derivatives up to the third lead to.

    As `window_lines`, which it equals for polynomials of third order; from the products of the
    tones, folded at the sample rate.

    Returns
    -------
    complex array of shape (N,)
        A, in the order of `numpy.fft.fft`.

    Raises
    ------
    ParameterError
        If there is not one bin per derivative, or as for `window_lines`.

    Notes
    -----
    Taylor's series, its products of sines written as sums: each Re(c exp(i psi)) puts c/2 on its
    bin, and the conjugate on minus its bin.
    """
    require_derivatives("expected_lines", derivatives)
    k, _, a, phi = _plan("expected_lines", bins, samples, 0.0, amplitude, phase)
    size = derivatives.gradient.size
    require(
        k.size == size,
        f"expected_lines has {size} derivatives and {k.size} bins",
        "give one bin per voltage",
    )
    made = products(derivatives, a)
    half = made.coefficient * np.exp(1j * made.total(phi)) / 2
    place = np.rint(made.total(k.astype(np.float64))).astype(np.int64)
    lines = np.zeros(samples, dtype=np.complex128)
    np.add.at(lines, place % samples, half)
    np.add.at(lines, -place % samples, half.conj())
    return lines


def plan_expectation(
    function: VectorFunction,
    point: VectorLike,
    amplitude: VectorLike,
    bins: VectorLike,
    phase: VectorLike,
    samples: int,
) -> FloatArray:
    """Return the exact estimate of each derivative over one window, without noise, A/V.

    g_k = 2/(N a_k) sum over n of f(p + a sin(theta[n])) sin(theta_k[n])

    By direct summation: smoothing by the amplitudes and intermodulation together. What is left of
    it after `smoothed_gradient` is intermodulation. Parameters as for `window_lines`.

    Returns
    -------
    array of shape (K,)
        A/V.

    Notes
    -----
    The estimate of [1]_, of samples: f_k a_k sin(theta_k) sin(theta_k) has the mean f_k a_k / 2.

    References
    ----------
    .. [1] Boon et al. (2025), Nature Communications, doi 10.1038/s41467-025-65155-7.
    """
    lines = window_lines(function, point, amplitude, bins, phase, samples)
    k, _, a, phi = _plan("plan_expectation", bins, samples, point, amplitude, phase)
    # Y at a tone is A exp(i phi) / (2 i) for A sin(theta).
    result: FloatArray = 2 * np.real(1j * lines[k] * np.exp(-1j * phi)) / a
    return result


def demodulated(
    lines: ComplexArray,
    amplitude: VectorLike,
    bins: VectorLike,
    phase: VectorLike,
    response: Response,
    rate: float,
    *,
    sample: int = -1,
    own: bool = True,
) -> FloatArray:
    """Return what stands behind mixer and filter at one sample, settled and without noise, A/V.

    g_k = 1/(i a_k) sum over m of Y[m] (exp(i theta_k) H(m + k) - exp(-i theta_k) H(m - k))
          exp(2 pi i m n / N)

    where H(m) is the filter's response at m rate / N and theta_k the reference's phase at sample n.
    All leakage is in it: of a constant, of the other tones, of products, and a tone's own ripple.

    Parameters
    ----------
    lines : complex array of shape (N,)
        As from `window_lines`.
    amplitude, bins, phase : array of shape (K,)
        The tones.
    response : callable
        H(frequency, rate); that of a block will do.
    rate : float
        Sample rate, Hz.
    sample : int, optional
        n; the last of a window if left out.
    own : bool, optional
        Whether the lines at +-k count for tone k; without them the result is leakage alone.

    Returns
    -------
    array of shape (K,)
        A/V.

    Raises
    ------
    ParameterError
        If the lines are not a flat array of finite numbers, or as for `window_lines`.

    Notes
    -----
    2 sin(theta_k) = (exp(i theta_k) - exp(-i theta_k)) / i moves each line m to m + k and m - k,
    where the filter multiplies it by H.
    """
    lines = np.asarray(lines)
    require(
        lines.ndim == 1
        and bool(np.issubdtype(lines.dtype, np.number))
        and bool(np.isfinite(lines).all()),
        f"demodulated needs a flat array of finite lines, got shape {lines.shape}",
        "give the lines as window_lines or expected_lines return them",
    )
    samples = lines.size
    require_positive("demodulated", "Hz", rate=rate)
    require_integer("demodulated", -samples, samples - 1, sample=sample)
    k, _, a, phi = _plan("demodulated", bins, samples, 0.0, amplitude, phase)
    m = np.arange(samples)
    frequency = np.asarray(np.fft.fftfreq(samples, 1.0 / rate), dtype=np.float64)
    gain = gain_of("demodulated", response, frequency, rate)
    theta = _theta(np.array([sample]), k, phi, samples)[0]
    result = np.empty(k.size)
    for number, tone in enumerate(k):
        turned = lines * np.exp(2j * np.pi * (m * sample % samples) / samples)
        if not own:
            turned[[tone, samples - tone]] = 0.0
        up = np.exp(1j * theta[number]) * gain[(m + tone) % samples]
        down = np.exp(-1j * theta[number]) * gain[(m - tone) % samples]
        result[number] = np.real(np.sum(turned * (up - down)) / (1j * a[number]))
    return result


def _plan(
    owner: str,
    bins: VectorLike,
    samples: int,
    point: VectorLike,
    amplitude: VectorLike,
    phase: VectorLike,
) -> tuple[IntArray, FloatArray, FloatArray, FloatArray]:
    require_integer(owner, 3, samples=samples)
    wanted = as_vector(owner, "bins", bins)
    k = np.rint(wanted).astype(np.int64)
    require(
        bool(np.all(k == wanted)) and k.min() > 0 and 2 * k.max() < samples,
        f"{owner} needs whole numbers of periods per window above 0 and below {samples / 2:g}",
        "give tones that make whole periods in the window, below half the sample rate",
    )
    p = as_lanes(owner, "point", point, k.size, "V")
    a = all_positive(owner, "amplitude", as_lanes(owner, "amplitude", amplitude, k.size, "V"), "V")
    return k, p, a, as_lanes(owner, "phase", phase, k.size, "rad")


def currents(owner: str, function: VectorFunction, voltages: FloatArray) -> FloatArray:
    """Return a device's currents (N,) at voltages (N, K), one finite number per point."""
    found = np.asarray(function(voltages), dtype=np.float64)
    require(
        found.shape == voltages.shape[:1],
        f"{owner} got currents of shape {found.shape} at voltages of shape {voltages.shape}",
        "let the device take (N, K) voltages and return (N,) currents",
    )
    bad = np.flatnonzero(~np.isfinite(found))
    require(
        bad.size == 0,
        f"{owner} got a current that is not finite, {found[bad[:1]]} at {voltages[bad[:1]]} V",
        "keep the operating point and the amplitudes within the range of the device",
    )
    return found


def _theta(n: IntArray, k: IntArray, phase: FloatArray, samples: int) -> FloatArray:
    # Whole turns are taken off as whole numbers, so that long windows lose no digits.
    theta: FloatArray = 2 * np.pi * (np.multiply.outer(n, k) % samples) / samples + phase
    return theta
