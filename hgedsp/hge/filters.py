"""Averaging filters by their responses: what a window or a cascade of poles does to a frequency."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from hgedsp.checks import (
    ComplexArray,
    FloatArray,
    as_vector,
    require,
    require_integer,
    require_positive,
)
from hgedsp.errors import ParameterError

Response = Callable[[FloatArray, float], ComplexArray]
"""Complex gain at frequencies (Hz) for a sample rate (Hz): the form of the blocks' `response`."""


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
    """
    require_integer("boxcar_response", 1, samples=samples)

    def response(frequency: FloatArray, rate: float) -> ComplexArray:
        turns = np.asarray(frequency, dtype=np.float64) / rate
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
    """
    require_positive("poles_response", "s", time_constant=time_constant)
    require_integer("poles_response", 1, order=order)

    def response(frequency: FloatArray, rate: float) -> ComplexArray:
        a = -np.expm1(-1.0 / (time_constant * rate))
        z1 = np.exp(-2j * np.pi * np.asarray(frequency, dtype=np.float64) / rate)
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
    """
    oldest_first = as_vector("window_response", "weights", np.asarray(weights, dtype=np.float64))
    total = float(oldest_first.sum())
    require(
        total != 0,
        "window_response got weights that add up to 0, which average nothing",
        "give weights with a sum, those of scipy.signal.get_window for example",
    )
    taps = oldest_first[::-1] / total

    def response(frequency: FloatArray, rate: float) -> ComplexArray:
        z1 = np.exp(-2j * np.pi * np.asarray(frequency, dtype=np.float64) / rate)
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
    """
    require_positive("equal_noise_time_constant", "s", window=window)
    return 2.0 * window * noise_bandwidth_of_poles(1.0, order)


def noise_bandwidth_of_poles(time_constant: float, order: int = 1) -> float:
    """Return the equivalent noise bandwidth (Hz) of a cascade of equal analog poles.

    NEPBW = gamma(n - 1/2) / (4 sqrt(pi) gamma(n) tau)

    It is the integral of abs(H)^2 over positive frequencies: 1/(4 tau), 1/(8 tau), 3/(32 tau),
    5/(64 tau) for orders 1 to 4. A sampled pole has (1/(tau rate))^2 / 12 of it less.

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
        If the rate is not positive, or weights are not finite.
    """
    require_positive("noise_bandwidth_of_window", "Hz", rate=rate)
    vector = as_vector("noise_bandwidth_of_window", "weights", np.asarray(weights, np.float64))
    return float(rate / 2 * np.sum(vector**2) / np.sum(vector) ** 2)


def noise_bandwidth(response: Response, rate: float) -> float:
    """Return the equivalent noise bandwidth (Hz) of any low-pass or window, worked out numerically.

    NEPBW = integral of abs(H(f) / H(0))^2 over f from 0 to rate / 2

    The inverse Fourier transform of abs(H)^2 is the autocorrelation of the impulse response. It is
    made ever longer until its second half has died away.

    Returns
    -------
    float
        Hz.

    Raises
    ------
    ParameterError
        If the gain at 0 Hz is zero, or the filter remembers more than 2 million samples.
    """
    require_positive("noise_bandwidth", "Hz", rate=rate)
    steady = abs(complex(response(np.zeros(1), rate)[0]))
    require(
        steady > 0,
        "noise_bandwidth needs a filter that lets a constant through, got a gain of 0 at 0 Hz",
        "give the response of a low-pass or a window",
    )
    for power in range(8, 24):
        points = 2**power
        frequency = np.asarray(np.fft.rfftfreq(points, 1.0 / rate), dtype=np.float64)
        lags = np.fft.irfft(np.abs(response(frequency, rate)) ** 2, points)
        late = float(np.abs(lags[points // 4 : points // 2]).max())
        if late <= 1e-9 * lags[0]:
            return float(lags[0]) * rate / 2 / steady**2
    raise ParameterError(
        "noise_bandwidth found no end to this filter's memory: it is over 2 million samples long",
        mend="give a lower rate, or a shorter time constant",
    )
