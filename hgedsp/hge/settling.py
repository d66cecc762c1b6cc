"""How long an averaging filter takes to forget."""

from __future__ import annotations

import numpy as np
from scipy import special

from hgedsp.checks import require, require_integer, require_positive
from hgedsp.hge.filters import Response, gain_of


def settling_time(time_constant: float, order: int = 1, fraction: float = 0.01) -> float:
    """Return the time until a cascade of equal poles has forgotten all but `fraction`, s.

    t = tau Q^-1(n, fraction),   Q the upper regularised gamma function

    t = 4.61, 6.64, 8.41, 10.05 tau to 1 % for orders 1 to 4.

    Parameters
    ----------
    time_constant : float
        tau of each pole, s.
    order : int, optional
        Number of poles n.
    fraction : float, optional
        What is left of a step, between 0 and 1.

    Returns
    -------
    float
        s.

    Raises
    ------
    ParameterError
        If the time constant is not positive, the order no whole number from 1, or the fraction not
        between 0 and 1.

    Notes
    -----
    The impulse response of n poles, (t/tau)^(n - 1) exp(-t/tau) / (tau gamma(n)), is the density of
    a sum of n exponential times; what is left of a step is its integral from t on [1]_.

    References
    ----------
    .. [1] Abramowitz & Stegun (1964), Handbook of Mathematical Functions, ch. 6 (incomplete gamma
       function).
    """
    require_positive("settling_time", "s", time_constant=time_constant)
    require_integer("settling_time", 1, order=order)
    _require_fraction("settling_time", fraction)
    return float(time_constant * special.gammainccinv(order, fraction))


def settling_time_of(
    response: Response, rate: float, longest: float, fraction: float = 0.01
) -> float:
    """Return the time from which on a filter's step response stays within `fraction` of its end, s.

    The step response is the sum of the impulse response, and that the inverse Fourier transform of
    the response.

    Parameters
    ----------
    response : callable
        H(frequency, rate).
    rate : float
        Sample rate, Hz.
    longest : float
        By what time the impulse response is over, s.
    fraction : float, optional

    Returns
    -------
    float
        s.

    Raises
    ------
    ParameterError
        If the step has not settled after half of `longest`, so that the result is not sure, if the
        filter lets no constant through, or a value is out of range.
    """
    require_positive("settling_time_of", "Hz", rate=rate)
    require_positive("settling_time_of", "s", longest=longest)
    _require_fraction("settling_time_of", fraction)
    samples = 1 << (max(8, int(np.ceil(longest * rate))) - 1).bit_length()
    frequency = np.asarray(np.fft.rfftfreq(samples, 1.0 / rate), dtype=np.float64)
    gain = gain_of("settling_time_of", response, frequency, rate)
    require(
        abs(gain[0]) > 1e-6 * np.abs(gain).max(),
        "settling_time_of needs a filter that lets a constant through",
        "give the response of a low-pass or a window",
    )
    step = np.cumsum(np.fft.irfft(gain, samples))
    outside = np.flatnonzero(np.abs(step / step[-1] - 1.0) > fraction)
    settled = int(outside[-1]) + 1 if outside.size else 0
    require(
        settled <= samples // 2,
        f"settling_time_of saw no end within {longest:g} s",
        "give a longer time",
    )
    return settled / rate


def _require_fraction(owner: str, fraction: float) -> None:
    require(
        isinstance(fraction, (float, np.floating)) and bool(0 < fraction < 1),
        f"{owner} needs a fraction between 0 and 1, got {fraction}",
        "give 0.01 for one per cent",
    )
