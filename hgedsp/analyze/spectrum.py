"""Spectrum of a recorded trace."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgedsp.analyze.chunks import read_chunk, require_one_lane
from hgedsp.checks import FloatArray, require_integer
from hgedsp.trace import Trace


@dataclass(frozen=True)
class Spectrum:
    """One-sided spectrum.

    Attributes
    ----------
    frequency : array of shape (F,)
        Hz, from 0 to half the sample rate.
    density : array of shape (F,)
        Power spectral density, unit^2/Hz.
    bandwidth : float
        Equivalent noise bandwidth of a bin, Hz.
    """

    frequency: FloatArray
    density: FloatArray
    bandwidth: float

    @property
    def amplitude(self) -> FloatArray:
        """Peak amplitude of a sine on each bin, in the unit of the trace, shape (F,)."""
        amplitude: FloatArray = np.sqrt(2 * self.density * self.bandwidth)
        return amplitude


def spectrum(trace: Trace, rate: float, segment: int | None = None) -> Spectrum:
    """Average the power spectra of half overlapping Hann segments, without their means.

    Parameters
    ----------
    trace : Trace
        One lane; read segment by segment.
    rate : float
        Samples per second, Hz.
    segment : int, optional
        Samples n per segment; the whole trace if left out. Two tones show as two if they are at
        least 4 rate / n apart.

    Raises
    ------
    ParameterError
        If `segment` is not between 2 and the length of the trace.
    SampleError
        If the trace has several lanes or a sample is not finite.

    References
    ----------
    .. [1] Welch, IEEE Trans. Audio Electroacoust. 15, 70 (1967).
    """
    require_one_lane(trace)
    size = len(trace) if segment is None else segment
    require_integer("spectrum", 2, len(trace), segment=size)
    # Half a second to import, and nothing else on the command line needs it.
    from scipy import signal

    window = signal.get_window("hann", size)
    starts = range(0, len(trace) - size + 1, max(1, size - size // 2))
    total: FloatArray = np.zeros(size // 2 + 1)
    frequency = total
    for start in starts:
        chunk = read_chunk(trace, start, start + size)
        frequency, density = signal.periodogram(chunk, rate, window, detrend="constant")
        total = total + density
    bandwidth = rate * float(np.sum(window**2)) / float(np.sum(window)) ** 2
    return Spectrum(frequency, total / len(starts), bandwidth)
