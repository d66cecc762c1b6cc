"""Phases that keep the peak of a sum of tones low."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import fft

from hgedsp.checks import FloatArray, IntArray, VectorLike, as_vector, require
from hgedsp.hge.empty_bins import whole_bins

Wave = npt.NDArray[Any]  # real, or complex

_MOST_SAMPLES = 40_000_000  # of all transforms together: about two seconds
_MOST_ROUNDS = 400
_GOLDEN = (np.sqrt(5) - 1) / 2
_LONG = 1_000_000
_WIDE = 10_000  # samples from which on the envelope is looked at in place of the sum
_MANY = 64  # tones that are worth all of the time
_OVERSAMPLING = 4  # samples per period of the highest tone while phases are sought
_FINE = 16  # and for the figure that is reported: the peak is found to 2 %

PHASES = ("low crest", "schroeder", "zero")


def make_phases(kind: str, bins: IntArray, amplitude: FloatArray) -> FloatArray:
    """Return phases (rad) of one of the kinds of `PHASES`."""
    if kind == "zero":
        return np.zeros(len(bins))
    return low_crest_phases(bins, amplitude) if kind == "low crest" else schroeder_phases(amplitude)


def crest_factor(bins: IntArray | Sequence[int], amplitude: VectorLike, phase: VectorLike) -> float:
    """Return peak over rms of the sum of tones over a window.

    Parameters
    ----------
    bins : array of shape (K,)
        Periods per window.
    amplitude, phase : float or array of shape (K,)
        Of a sin(2 pi k t / T + phase), V and rad.

    Returns
    -------
    float

    Raises
    ------
    ParameterError
        If bins are no whole numbers above 0, shapes do not fit, or all amplitudes are 0.

    Notes
    -----
    Looked at on 16 points per period of the highest tone, 4 where that were more than 2e7. A single
    tone has sqrt(2); K equal tones have up to sqrt(2 K).
    """
    k = whole_bins(bins)
    size, angle = (
        as_vector("crest_factor", name, value, unit)
        for name, value, unit in (("amplitude", amplitude, "V"), ("phase", phase, "rad"))
    )
    require(
        size.size in (1, k.size) and angle.size in (1, k.size),
        f"crest_factor needs an amplitude and a phase for each tone, got {size.size} and "
        f"{angle.size} for {k.size} tones",
        "give one for all tones, or one each",
    )
    peak = float(np.abs(size).max())
    require(peak > 0, "tones of amplitude 0 have no crest factor", "give amplitude in V")
    size = np.broadcast_to(size / peak, k.shape)  # squares of very small ones would be 0
    fine = _FINE if _FINE * int(k.max()) < _MOST_SAMPLES // 2 else _OVERSAMPLING
    wave = _wave(k, size * np.exp(1j * angle), _length(k, fine))
    return float(np.abs(wave).max() / np.sqrt(np.sum(size**2) / 2))


def schroeder_phases(amplitude: FloatArray) -> FloatArray:
    """Return phases for tones in ascending order, after Schroeder [1]_.

    phi_n = -2 pi sum over l < n of (n - l) p_l, with p_l the share of the power in tone l: for
    equal tones -pi n (n - 1) / K up to a shift in time.

    Returns
    -------
    array of shape (K,)
        rad, from 0 to 2 pi.

    References
    ----------
    .. [1] Schroeder, IEEE Trans. Inf. Theory 16, 85 (1970).
    """
    power = (amplitude / amplitude.max()) ** 2
    share = power / np.sum(power)
    passed = np.concatenate([[0.0], np.cumsum(share)[:-1]])
    phase: FloatArray = -2 * np.pi * np.cumsum(passed)
    return np.mod(phase, 2 * np.pi)


def low_crest_phases(bins: IntArray, amplitude: FloatArray) -> FloatArray:
    """Return phases of a sum with a low peak, found by clipping it again and again.

    Beginning with Schroeder's phases, and with some without order, the sum is clipped at a level
    that rises towards its peak, and the phases of what is left at the tones are taken [1]_. The
    best of all rounds is returned.

    Parameters
    ----------
    bins : array of shape (K,)
        Periods per window, ascending.
    amplitude : array of shape (K,)
        In any unit; those of the sum whose peak matters.

    Returns
    -------
    array of shape (K,)
        rad.

    References
    ----------
    .. [1] Van der Ouderaa, Schoukens, Renneboog, IEEE Trans. Instrum. Meas. 37, 145 (1988).
    """
    make, samples = _wave, _length(bins, _OVERSAMPLING)
    if samples > _WIDE:
        # The envelope varies no faster than the tones lie apart; its peak is that of the sum or
        # a little above.
        make, samples = _envelope, int(fft.next_fast_len(2 * int(np.ptp(bins)) + 2))
    most = _MOST_SAMPLES * min(1.0, len(bins) / _MANY)
    rounds = min(_MOST_ROUNDS, int(most) // (2 * samples)) // 2
    # Schroeder's phases suit combs; sets without order want phases without order.
    order = np.arange(len(bins))
    starts = (schroeder_phases(amplitude), np.pi * _GOLDEN * order**2)
    found = [_clipped(bins, amplitude, start, rounds, make, samples) for start in starts]
    return min(found, key=lambda pair: pair[0])[1]


def _clipped(
    bins: IntArray,
    amplitude: FloatArray,
    phase: FloatArray,
    rounds: int,
    make: Callable[[IntArray, Wave, int], Wave],
    samples: int,
) -> tuple[float, FloatArray]:
    """Return the lowest peak of all rounds, and its phases."""
    best, lowest = phase, np.inf
    for i in range(rounds + 1):
        wave = make(bins, amplitude * np.exp(1j * phase), samples)
        size = np.abs(wave)
        peak = float(size.max())
        if peak < lowest:
            best, lowest = phase, peak
        if i < rounds:
            level = peak * (0.75 + 0.23 * i / rounds)
            clipped = wave * np.minimum(1.0, level / np.maximum(size, level / 2))
            phase = _phases(bins, clipped)
    return lowest, np.mod(best, 2 * np.pi)


def _phases(bins: IntArray, wave: Wave) -> FloatArray:
    if np.iscomplexobj(wave):
        value = fft.fft(wave)[bins - bins.min()]
    else:
        value = 1j * fft.rfft(wave)[bins]
    phase: FloatArray = np.angle(value)
    return phase


def _envelope(bins: IntArray, value: Wave, n: int) -> Wave:
    """Return n samples of the sum of value exp(2 pi i (k - k_min) t / T)."""
    spectrum = np.zeros(n, dtype=_kind(n))
    spectrum[bins - bins.min()] = value * n
    wave: Wave = fft.ifft(spectrum)
    return wave


def _kind(n: int) -> type[np.complexfloating[Any]]:
    """Return the kind of numbers for transforms: six digits of a peak will do for long ones."""
    return np.complex64 if n > _LONG else np.complex128


def _length(bins: IntArray, per_period: int) -> int:
    return int(fft.next_fast_len(per_period * int(bins.max()), real=True))


def _wave(bins: IntArray, value: Wave, n: int) -> Wave:
    """Return n samples of the sum of Im(value exp(2 pi i k t / T))."""
    spectrum = np.zeros(n // 2 + 1, dtype=_kind(n))
    spectrum[bins] = value / 1j * (n / 2)
    wave: Wave = fft.irfft(spectrum, n)
    return wave
