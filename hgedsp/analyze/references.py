"""Sines and cosines of tones, at any place in a recording."""

from __future__ import annotations

import numpy as np

from hgedsp.blocks.oscillator import Oscillator
from hgedsp.blocks.tone_generator import ToneGenerator
from hgedsp.checks import FloatArray


def references(
    tones: ToneGenerator, rate: float, start: int, count: int
) -> tuple[FloatArray, FloatArray]:
    """Return sin and cos(2 pi f_k n / rate + phase_k) for n = start ... start + count - 1.

    The phase at `start` is exact; from there on its error grows to 2 pi count 1e-16 rad.

    Returns
    -------
    in_phase, quadrature : array of shape (count, K)
    """
    made = Oscillator(tones.frequency, tones.phase).as_tones(rate)
    turns_per_sample = made.numerator / made.denominator
    turns = np.outer(np.arange(count), turns_per_sample)
    # Whole turns are taken off first: the sine of a small angle keeps all digits.
    angle = 2 * np.pi * (turns - np.floor(turns)) + tones.phase_at(start, rate)
    return np.sin(angle), np.cos(angle)
