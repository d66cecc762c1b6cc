"""The same as `dense_layer` for four points at a time: each weight is read once for all of them."""

from __future__ import annotations

from numba.extending import register_jitable

from hgedsp.blocks.activation import activate
from hgedsp.blocks.clip import clipped
from hgedsp.blocks.dense_layer import last_layer, one_point
from hgedsp.checks import FloatArray, IntArray
from hgedsp.vectors import (
    PACKS,
    SUMS_BYTES,
    compressed,
    how_many,
    lane_numbers,
    load,
    load_bytes,
    load_like,
    store,
    where,
)

_RELU = 0
_BYTES = SUMS_BYTES // 4 // 64 * 64  # of sums of one point


def several_points(
    voltage: FloatArray,
    current: FloatArray,
    work: FloatArray,
    active: IntArray,
    weights: FloatArray,
    units: IntArray,
    starts: IntArray,
    number: int,
    amplification: float,
    lower: float,
    upper: float,
) -> None:
    """Write the currents of as many points as there are; the bits are those of `one_point`.

    The voltages of a point stand side by side, point after point. `work` holds two layers of four
    points.
    """
    half, electrodes, last = work.size // 2, units[0], starts.size - 1
    below, above = work[:half], work[half:]
    stride = half // 4
    whole = current.size // 4 * 4
    for first in range(0, whole, 4):
        for j in range(half):
            below[j] = 0.0
        for p in range(4):
            for k in range(electrodes):
                below[p * stride + k] = voltage[(first + p) * electrodes + k]
        for i in range(last):
            _layer_of_four(below, units[i], above, units[i + 1], weights, starts[i], active, number)
            below, above = above, below
        for p in range(4):
            h = below[p * stride : (p + 1) * stride]
            y = amplification * last_layer(h, units[last], weights, starts[last])
            current[first + p] = clipped(y, lower, upper)
    for p in range(whole, current.size):
        v = voltage[p * electrodes : (p + 1) * electrodes]
        current[p] = one_point(
            v, work, active, weights, units, starts, number, amplification, lower, upper
        )


@register_jitable
def _layer_of_four(
    h: FloatArray,
    inputs: int,
    sums: FloatArray,
    units: int,
    weights: FloatArray,
    start: int,
    active: IntArray,
    number: int,
) -> None:
    """Write the activations of four points to `sums`, zeros behind each."""
    width = -(-units // 16) * 16
    stride = h.size // 4
    count = _pick(h, stride, inputs, active)
    block = _BYTES // weights.itemsize
    wide = width // block * block
    for first in range(0, wide, block):
        bias = load_bytes(weights, start + first, _BYTES)
        _add(bias, h, stride, active, count, weights, start + first, width, sums, first, number)
    for first in range(wide, width, 16):
        bias = load(weights, start + first, 16, 16)
        _add(bias, h, stride, active, count, weights, start + first, width, sums, first, number)
    for p in range(0, 4 * stride, stride):
        if number != _RELU:
            activate(sums[p:], units, number)
        for j in range(units, width):
            sums[p + j] = 0.0


@register_jitable
def _pick(h: FloatArray, stride: int, inputs: int, active: IntArray) -> int:
    """Write to `active` which inputs are not 0 at all four points; return how many."""
    count = 0
    if not PACKS:
        for i in range(inputs):
            active[count] = i
            some = (h[i] != 0.0) | (h[i + stride] != 0.0)
            others = (h[i + 2 * stride] != 0.0) | (h[i + 3 * stride] != 0.0)
            count += 1 if some | others else 0
        return count
    numbers = lane_numbers(8, 8)
    for i in range(0, inputs, 8):
        a, b = load(h, i, 8, 8), load(h, i + stride, 8, 8)
        c, d = load(h, i + 2 * stride, 8, 8), load(h, i + 3 * stride, 8, 8)
        kept = ((a != 0.0) | (b != 0.0)) | ((c != 0.0) | (d != 0.0))
        store(active, count, compressed(numbers + i, kept))
        count += how_many(kept)
    return count


@register_jitable
def _add(
    bias: FloatArray,
    h: FloatArray,
    stride: int,
    active: IntArray,
    count: int,
    weights: FloatArray,
    start: int,
    width: int,
    sums: FloatArray,
    first: int,
    number: int,
) -> None:
    """Add the inputs of four points to the biases of as many units as a register holds."""
    a, b, c, d = bias, bias, bias, bias
    for n in range(count):
        i = active[n]
        weight = load_like(bias, weights, start + width * (1 + i))
        a = h[i] * weight + a
        b = h[i + stride] * weight + b
        c = h[i + 2 * stride] * weight + c
        d = h[i + 3 * stride] * weight + d
    if number == _RELU:
        a, b = where(a < 0.0, 0.0, a), where(b < 0.0, 0.0, b)
        c, d = where(c < 0.0, 0.0, c), where(d < 0.0, 0.0, d)
    store(sums, first, a)
    store(sums, first + stride, b)
    store(sums, first + 2 * stride, c)
    store(sums, first + 3 * stride, d)
