"""What comes through a lock-in that should not: the offset, and the other tones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hgedsp.blocks.low_pass import LowPass
from hgedsp.checks import FloatArray
from hgedsp.hge import boxcar_response


@dataclass(frozen=True)
class Leakage:
    """Largest error of a lock-in's in-phase or quadrature value, over all phases.

    Attributes
    ----------
    from_offset : array of shape (K,)
        At tone k, per unit of a constant.
    between_tones : array of shape (K, K)
        At tone k (row), per unit amplitude of tone j (column); on the diagonal a tone's own ripple
        at twice its frequency.
    """

    from_offset: FloatArray
    between_tones: FloatArray

    def bound(self, offset: float, amplitude: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the largest error by an offset, and by tones of these amplitudes, shape (K,)."""
        return self.from_offset * abs(offset), self.between_tones @ amplitude


def window_leakage(frequency: FloatArray, rate: float, window: int) -> Leakage:
    """Return the leakage of a mean over a window of n samples.

    abs(H(f)) = abs(sin(pi n f / rate) / (n sin(pi f / rate)))
    """
    mean = boxcar_response(window)
    return _leakage(frequency, lambda f: np.abs(mean(f, rate)))


def low_pass_leakage(
    frequency: FloatArray, rate: float, time_constant: float, order: int
) -> Leakage:
    """Return the leakage of a low-pass, in each of its values."""
    low_pass = LowPass(time_constant, order)
    return _leakage(frequency, lambda f: np.abs(low_pass.response(f, rate)))


def _leakage(frequency: FloatArray, gain: Callable[[FloatArray], FloatArray]) -> Leakage:
    # The product of two sines of frequencies f and g is half a cosine at f - g and half at f + g.
    difference = gain(frequency - frequency[:, np.newaxis])
    np.fill_diagonal(difference, 0.0)
    total = gain(frequency + frequency[:, np.newaxis])
    return Leakage(2 * gain(frequency), difference + total)
