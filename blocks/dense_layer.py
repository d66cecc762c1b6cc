"""One layer of a fully connected network in a step: y = W h + b."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba.extending import register_jitable

from hgedsp.checks import FloatArray, IntArray, require

_ROWS = 4  # rows of weights taken in one pass
_REGISTER = 8  # numbers in a vector register; rows are filled up to a multiple of it


@register_jitable
def affine(
    h: FloatArray, inputs: int, sums: FloatArray, weights: FloatArray, active: IntArray
) -> None:
    """Write W h + b to `sums`; `h` is used up.

    `weights` holds the bias and then, per input, its weights to all units. Inputs of value 0,
    which is half of them after a relu, are left out. The slices let the compiler prove that no
    index is negative: without them the inner loop stays scalar, four times as slow.
    """
    width = sums.size
    for j in range(width):
        sums[j] = weights[j]
    count = 0
    for i in range(inputs):
        # Always write, sometimes count: a branch here would be guessed wrong half of the time.
        x = h[i]
        h[count] = x
        active[count] = width * (1 + i)
        count += 1 if x != 0.0 else 0
    for i in range(count, count + _ROWS):
        h[i] = 0.0
        active[i] = 0
    for first in range(0, count, _ROWS):
        h0, h1, h2, h3 = h[first], h[first + 1], h[first + 2], h[first + 3]
        w0 = weights[active[first] : active[first] + width]
        w1 = weights[active[first + 1] : active[first + 1] + width]
        w2 = weights[active[first + 2] : active[first + 2] + width]
        w3 = weights[active[first + 3] : active[first + 3] + width]
        for j in range(width):
            sums[j] += h0 * w0[j] + h1 * w1[j] + h2 * w2[j] + h3 * w3[j]


def filled(units: int) -> int:
    """Return the units of a layer, filled up to whole vector registers."""
    return -(-units // _REGISTER) * _REGISTER


def packed(weight: FloatArray, bias: FloatArray) -> FloatArray:
    """Return the bias, then the weights input by input, each filled up with zeros."""
    rows = np.vstack([bias, weight.T])
    return np.pad(rows, ((0, 0), (0, filled(len(bias)) - len(bias)))).ravel()


def work_size(weights: Sequence[FloatArray]) -> int:
    """Return the numbers needed for two layers side by side, with room to fill up a pass."""
    widest = max(filled(max(weight.shape)) for weight in weights)
    return 2 * (widest + _REGISTER)


def check_layers(weights: Sequence[FloatArray], biases: Sequence[FloatArray]) -> None:
    """Refuse layers whose shapes do not chain, or that end in more than one output."""
    require(
        len(weights) == len(biases) > 0,
        f"SurrogateDevice got {len(weights)} weights and {len(biases)} biases",
        "give one of each per layer, and at least one layer",
    )
    for i, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        require(
            weight.ndim == 2,
            f"SurrogateDevice needs weight_{i} of shape (units, inputs), got shape {weight.shape}",
            "give one row per unit",
        )
        require(
            bias.shape == weight.shape[:1],
            f"bias_{i} has shape {bias.shape}, but weight_{i} has {weight.shape[0]} units",
            "give one bias per unit",
        )
        require(
            i == 0 or weight.shape[1] == len(weights[i - 1]),
            f"weight_{i} takes {weight.shape[1]} inputs, but weight_{i - 1} gives "
            f"{len(weights[i - 1])}",
            "give as many columns as the layer before has rows; transpose if stored the other way",
        )
    require(
        len(weights[-1]) == 1,
        f"the last layer gives {len(weights[-1])} outputs, but a device has one current",
        f"keep one row of weight_{len(weights) - 1} and bias_{len(weights) - 1}",
    )
