"""Layers of a fully connected network in a step, y = activation(W h + b), for one point.

The sums of many units at once are held in registers while the inputs go by one after the other.
Inputs of value 0, half of them after a relu, are left out. Every unit adds up its inputs in their
order, so it makes no difference, to the bit, how many units or points are worked on together, and
whether an input of 0 is left out.

Weights lie layer after layer: the biases of all units, then per input its weights to all units,
each row filled up to whole registers with zeros. The last layer has a single unit: its weights in
one row, filled up, then its bias.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba.extending import register_jitable

from hgedsp.blocks.activation import activate
from hgedsp.blocks.clip import clipped
from hgedsp.checks import FloatArray, IntArray, require
from hgedsp.vectors import (
    PACKS,
    compressed,
    how_many,
    lane_numbers,
    lane_sum,
    load,
    load_bytes,
    load_like,
    store,
    where,
)

_RELU = 0
_REGISTER = 16  # numbers that rows of weights are filled up to a multiple of
_ROOM = 16  # numbers behind a layer that may be written over


@register_jitable
def one_point(
    voltage: FloatArray,
    work: FloatArray,
    active: IntArray,
    weights: FloatArray,
    units: IntArray,
    starts: IntArray,
    number: int,
    amplification: float,
    lower: float,
    upper: float,
) -> float:
    """Return the current of a network at one point.

    Parameters
    ----------
    work, active : array
        Room for two layers, and for one.
    units, starts : array
        Width of every layer, that of the inputs first, and where its weights begin.
    number : int
        Stands for an activation.
    """
    half, last = work.size // 2, starts.size - 1
    below, above = work[:half], work[half:]
    for k in range(half):
        below[k] = voltage[k] if k < voltage.size else 0.0
    for i in range(last):
        _layer(below, units[i], above, units[i + 1], weights, starts[i], active, number)
        below, above = above, below
    y = amplification * last_layer(below, units[last], weights, starts[last])
    return clipped(y, lower, upper)


@register_jitable
def _layer(
    h: FloatArray,
    inputs: int,
    sums: FloatArray,
    units: int,
    weights: FloatArray,
    start: int,
    active: IntArray,
    number: int,
) -> None:
    """Write the activation of W h + b to `sums`, and zeros behind it; `h` is used up."""
    width = -(-units // _REGISTER) * _REGISTER
    count = _pick(h, inputs, width, active)
    block = 384 // weights.itemsize  # as many sums as six registers of 64 bytes hold
    wide = width // block * block
    for first in range(0, wide, block):
        bias = load_bytes(weights, start + first, 384)
        _add(bias, h, active, count, weights, start + first, sums, first, number)
    for first in range(wide, width, _REGISTER):
        bias = load(weights, start + first, _REGISTER, _REGISTER)
        _add(bias, h, active, count, weights, start + first, sums, first, number)
    if number != _RELU:
        activate(sums, units, number)
    for j in range(units, width):
        sums[j] = 0.0


@register_jitable
def _pick(h: FloatArray, inputs: int, width: int, active: IntArray) -> int:
    """Move inputs that are not 0 to the front of `h`, and where their weights begin to `active`.

    There is no branch on them, for it would be guessed wrong half of the time.
    """
    count = 0
    if not PACKS:
        for i in range(inputs):
            h[count], active[count] = h[i], width * (1 + i)
            count += 1 if h[count] != 0.0 else 0
        return count
    rows = width * (1 + lane_numbers(8, 8))
    for i in range(0, inputs, 8):
        x = load(h, i, 8, 8)
        kept = x != 0.0
        store(h, count, compressed(x, kept))
        store(active, count, compressed(rows, kept))
        count += how_many(kept)
        rows = rows + 8 * width
    return count


@register_jitable
def _add(
    bias: FloatArray,
    h: FloatArray,
    active: IntArray,
    count: int,
    weights: FloatArray,
    start: int,
    sums: FloatArray,
    first: int,
    number: int,
) -> None:
    """Add the inputs to the biases of as many units as a register holds."""
    total = bias
    for i in range(count):
        total = h[i] * load_like(bias, weights, start + active[i]) + total
    if number == _RELU:
        total = where(total < 0.0, 0.0, total)
    store(sums, first, total)


@register_jitable
def last_layer(h: FloatArray, inputs: int, weights: FloatArray, start: int) -> float:
    """Return the sum of the only unit of the last layer."""
    width = -(-inputs // _REGISTER) * _REGISTER
    total = load(weights, start, 16, 16) * load(h, 0, 16, 16)
    for i in range(16, width, 16):
        total = load(weights, start + i, 16, 16) * load(h, i, 16, 16) + total
    output: float = lane_sum(total, 16) + weights[start + width]
    return output


# Before a run ------------------------------------------------------------------------------------


def filled(units: int) -> int:
    """Return the units of a layer, filled up to whole registers."""
    return -(-units // _REGISTER) * _REGISTER


def packed(weights: Sequence[FloatArray], biases: Sequence[FloatArray]) -> FloatArray:
    """Return all weights and biases in the order in which a step reads them."""
    parts = [
        np.pad(np.vstack([bias, weight.T]), ((0, 0), (0, filled(len(bias)) - len(bias))))
        for weight, bias in zip(weights[:-1], biases[:-1], strict=True)
    ]
    last = weights[-1][0]
    end = [np.pad(last, (0, filled(last.size) - last.size)), biases[-1]]
    return np.concatenate([*(part.ravel() for part in parts), *end])


def starts_of(weights: Sequence[FloatArray]) -> list[int]:
    """Return where each layer begins in what `packed` gives, and where all end."""
    sizes = [filled(len(weight)) * (1 + weight.shape[1]) for weight in weights[:-1]]
    sizes.append(filled(weights[-1].shape[1]) + 1)
    return [sum(sizes[:i]) for i in range(len(sizes) + 1)]


def layer_size(weights: Sequence[FloatArray]) -> int:
    """Return the numbers that the widest layer needs, with room to write whole registers."""
    return max(filled(weight.shape[1]) for weight in weights) + _ROOM


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
