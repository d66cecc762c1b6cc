"""Averaging filters by their responses: what a window or a cascade of poles does to a frequency."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from hgedsp.checks import (
    ComplexArray,
    FloatArray,
    as_numbers,
    as_vector,
    require,
    require_integer,
    require_positive,
)
from hgedsp.errors import ParameterError

Response = Callable[[FloatArray, float], ComplexArray]
"""Complex gain at frequencies (Hz) for a sample rate (Hz): the form of the blocks' `response`."""

_NOTHING = 1e-6  # of the largest gain; what passes less of a constant is no averaging filter


def boxcar_response(samples: int) -> Response:
    """Return the response of a mean over n samples, the phase referring to the last one.

    H(f) = exp(-i pi f (n - 1) / rate) sin(pi f n / rate) / (n sin(pi f / rate))

    Returns
    -------
    callable
        H(frequency, rate): complex, at frequencies in Hz.

    Raises
    ------
    ParameterError
        If `samples` is not a whole number from 1.

    Notes
    -----
    The sum of the geometric series 1/n sum over m < n of exp(-2 pi i f m / rate) [1]_.

    References
    ----------
    .. [1] Oppenheim & Schafer, Discrete-Time Signal Processing, ch. 2 (moving average).
    """
    require_integer("boxcar_response", 1, samples=samples)

    def response(frequency: FloatArray, rate: float) -> ComplexArray:
        turns = _turns(frequency, rate)
        # Whole turns are taken off, since the ratio of two sines knows no limit at them.
        rest = turns - np.rint(turns)
        size = np.sinc(samples * rest) / np.sinc(rest)
        gain: ComplexArray = size * np.exp(-1j * np.pi * (samples - 1) * rest)
        return gain

    return response


def poles_response(time_constant: float, order: int = 1) -> Response:
    """Return the response of a cascade of equal one-poles, sampled as in a lock-in amplifier.

    H(f) = (a / (1 - (1 - a) exp(-2 pi i f / rate)))^order,   a = 1 - exp(-1 / (tau rate))

    Parameters
    ----------
    time_constant : float
        Time constant tau of each pole, s.
    order : int, optional
        Number of poles.

    Returns
    -------
    callable
        H(frequency, rate): complex, at frequencies in Hz.

    Raises
    ------
    ParameterError
        If `time_constant` is not positive, or `order` is not a whole number from 1.

    Notes
    -----
    From y[n] = y[n - 1] + a (x[n] - y[n - 1]) with y = H x and a delay of exp(-2 pi i f / rate).
    With this a the pole exp(-1 / (tau rate)) forgets as an analog one does from sample to sample
    [1]_.

    References
    ----------
    .. [1] Astrom & Wittenmark, Computer-Controlled Systems, 3rd ed., ch. 2.
    """
    require_positive("poles_response", "s", time_constant=time_constant)
    require_integer("poles_response", 1, order=order)

    def response(frequency: FloatArray, rate: float) -> ComplexArray:
        z1 = np.exp(-2j * np.pi * _turns(frequency, rate))
        a = -np.expm1(-1.0 / (time_constant * rate))
        gain: ComplexArray = (a / (1.0 - (1.0 - a) * z1)) ** order
        return gain

    return response


def window_response(weights: npt.ArrayLike) -> Response:
    """Return the response of a weighted mean over a window, the phase referring to its last sample.

    H(f) = sum_m w[n - 1 - m] exp(-2 pi i f m / rate) / sum(w)

    Parameters
    ----------
    weights : array of shape (n,)
        Weight of each sample, the oldest first; they need not add up to one.

    Returns
    -------
    callable
        H(frequency, rate): complex, at frequencies in Hz.

    Raises
    ------
    ParameterError
        If there are none, one is not finite, or they add up to zero.

    Notes
    -----
    The definition of the response of a finite impulse response: w[n - 1 - m] weighs what is m
    samples old, of the phase -2 pi f m / rate.
    """
    oldest_first = _weights("window_response", weights)
    taps = oldest_first[::-1] / oldest_first.sum()

    def response(frequency: FloatArray, rate: float) -> ComplexArray:
        z1 = np.exp(-2j * np.pi * _turns(frequency, rate))
        # Horner's rule: as many steps as samples, without a table of frequencies times samples.
        gain: ComplexArray = np.zeros(np.shape(z1), dtype=np.complex128)
        for tap in taps[::-1]:
            gain = gain * z1 + tap
        return gain

    return response


def equal_noise_time_constant(window: float, order: int) -> float:
    """Return the time constant (s) at which a cascade of poles lets through as much white noise.

    As much as a mean over `window` (s): 1/(2 T) = NEPBW, so tau = T gamma(n - 1/2)
    / (2 sqrt(pi) gamma(n)) for n poles: 0.5 T, 0.25 T, 0.1875 T, 0.15625 T for 1 to 4.

    Parameters
    ----------
    window : float
        T, s.
    order : int
        Number of poles n.

    Returns
    -------
    float
        s.

    Raises
    ------
    ParameterError
        If `window` is not positive, or `order` no whole number from 1.

    Notes
    -----
    `noise_bandwidth_of_poles` set equal to 1/(2 T), the bandwidth of `noise_bandwidth_of_window`.
    """
    require_positive("equal_noise_time_constant", "s", window=window)
    return 2.0 * window * noise_bandwidth_of_poles(1.0, order)


def noise_bandwidth_of_poles(time_constant: float, order: int = 1) -> float:
    """Return the equivalent noise bandwidth (Hz) of a cascade of equal analog poles.

    NEPBW = gamma(n - 1/2) / (4 sqrt(pi) gamma(n) tau)

    It is the integral of abs(H)^2 over positive frequencies: 1/(4 tau), 1/(8 tau), 3/(32 tau),
    5/(64 tau) for orders 1 to 4. A single sampled pole has (1/(tau rate))^2 / 12 of it less.

    Parameters
    ----------
    time_constant : float
        tau of each pole, s.
    order : int, optional
        Number of poles n.

    Returns
    -------
    float
        Hz.

    Raises
    ------
    ParameterError
        If `time_constant` is not positive, or `order` no whole number from 1.

    Notes
    -----
    abs(H)^2 = (1 + (2 pi f tau)^2)^-n, and with 2 pi f tau = tan(x) the integral is that of
    cos(x)^(2n - 2) over 0 to pi/2, a beta function: B(1/2, n - 1/2) / (4 pi tau). The sampled pole
    has (rate / 2) tanh(1 / (2 tau rate)).
    """
    require_positive("noise_bandwidth_of_poles", "s", time_constant=time_constant)
    require_integer("noise_bandwidth_of_poles", 1, order=order)
    # gamma(n - 1/2) / gamma(n) is sqrt(pi) times the product of (2 m - 1) / (2 m).
    share = 1.0
    for m in range(1, order):
        share *= (2 * m - 1) / (2 * m)
    return share / (4.0 * time_constant)


def noise_bandwidth_of_window(weights: npt.ArrayLike, rate: float) -> float:
    """Return the equivalent noise bandwidth (Hz) of a weighted mean over a window.

    NEPBW = (rate / 2) sum(w^2) / sum(w)^2,   1/(2 T) if all weights are equal

    Parameters
    ----------
    weights : array of shape (N,)
        Of the samples of a window; only their ratios count.
    rate : float
        Samples per second, Hz.

    Returns
    -------
    float
        Hz.

    Raises
    ------
    ParameterError
        If the rate is not positive, or weights are not finite or add up to zero.

    Notes
    -----
    By Parseval the integral of abs(H)^2 over 0 to rate/2 is rate/2 times the sum of the squares of
    the impulse response, and H(0) is its sum. [1]_ has the numbers of many windows, in bins.

    References
    ----------
    .. [1] Harris (1978), Proceedings of the IEEE 66, 51-83.
    """
    require_positive("noise_bandwidth_of_window", "Hz", rate=rate)
    vector = _weights("noise_bandwidth_of_window", weights)
    return float(rate / 2 * np.sum(vector**2) / np.sum(vector) ** 2)


def noise_bandwidth(response: Response, rate: float) -> float:
    """Return the equivalent noise bandwidth (Hz) of any low-pass or window, worked out numerically.

    NEPBW = integral of abs(H(f) / H(0))^2 over f from 0 to rate / 2

    Parameters
    ----------
    response : callable
        H(frequency, rate).
    rate : float
        Samples per second, Hz.

    Returns
    -------
    float
        Hz.

    Raises
    ------
    ParameterError
        If the gain at 0 Hz is less than a millionth of the largest one or not finite, or the
        filter remembers more than 2 million samples.

    Notes
    -----
    The inverse Fourier transform of abs(H)^2 is the autocorrelation of the impulse response
    (Wiener-Khinchin), and its value at lag 0 the integral over all frequencies (Parseval). It is
    made ever longer until its second half has died away.
    """
    require_positive("noise_bandwidth", "Hz", rate=rate)
    for power in range(8, 24):
        points = 2**power
        frequency = np.asarray(np.fft.rfftfreq(points, 1.0 / rate), dtype=np.float64)
        gain = np.abs(gain_of("noise_bandwidth", response, frequency, rate))
        steady, largest = float(gain[0]), float(gain.max())
        require(
            steady > _NOTHING * largest,
            f"noise_bandwidth needs a filter that lets a constant through, got a gain of "
            f"{steady:.3g} at 0 Hz beside {largest:.3g}",
            "give the response of a low-pass or a window",
        )
        lags = np.fft.irfft(gain**2, points)
        late = float(np.abs(lags[points // 4 : points // 2]).max())
        if late <= 1e-9 * lags[0]:
            return float(lags[0]) * rate / 2 / steady**2
    raise ParameterError(
        "noise_bandwidth found no end to this filter's memory: it is over 2 million samples long",
        mend="give a lower rate, or a shorter time constant",
    )


def gain_of(owner: str, response: Response, frequency: FloatArray, rate: float) -> ComplexArray:
    """Return a filter's gain at frequencies (Hz), of their shape and finite."""
    require(
        callable(response),
        f"{owner} needs a response, got {response!r}",
        "give a function of frequency and rate: that of a block, or of boxcar_response",
    )
    gain = np.asarray(response(frequency, rate))
    require(
        gain.shape == np.shape(frequency) and bool(np.isfinite(gain).all()),
        f"{owner} got a response that is not one finite number per frequency",
        "let the response return an array of the shape of its frequencies",
    )
    return gain


def _turns(frequency: FloatArray, rate: float) -> FloatArray:
    require_positive("response", "Hz", rate=rate)
    turns: FloatArray = as_numbers("response", "frequency", frequency, "Hz") / rate
    return turns


def _weights(owner: str, weights: npt.ArrayLike) -> FloatArray:
    """Return weights that have a sum; what rounding leaves of one is none."""
    vector = as_vector(owner, "weights", as_numbers(owner, "weights", weights))
    require(
        abs(float(vector.sum())) > 1e-12 * float(np.abs(vector).sum()),
        f"{owner} got weights that add up to 0, which average nothing",
        "give weights with a sum, those of scipy.signal.get_window for example",
    )
    return vector
