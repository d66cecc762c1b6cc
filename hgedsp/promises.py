"""What a block may promise beyond its step, so that many samples can be worked out at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hgedsp.checks import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Tones:
    """Outputs that are pure tones: sin(2 pi (n numerator / denominator + turn)) at tick n.

    Attributes
    ----------
    numerator, denominator : array of int, shape (K,)
        Turns per tick as fractions.
    turn : dict of str to array, shape (K,)
        Per output, the turns at tick 0.
    """

    numerator: IntArray
    denominator: IntArray
    turn: Mapping[str, FloatArray]


@dataclass(frozen=True, eq=False)
class Average:
    """An output on a slower clock that is a weighted sum over the samples of its window.

    Attributes
    ----------
    weights : array of shape (decimation,)
        Factor of each sample of the first input; the other inputs are left at their defaults.
    states : dict of str to (float, float)
        Per state variable its value after the window, as factor and offset of the output.
    """

    weights: FloatArray
    states: Mapping[str, tuple[float, float]]
