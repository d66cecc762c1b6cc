"""Operating points of devices, and their currents as functions of some electrodes."""

from __future__ import annotations

import numpy as np

from hgedsp.checks import FloatArray, IntArray
from hgedsp.devices import Device
from hgedsp.hge.lines import VectorFunction


def points_in_range(device: Device, amplitude: float, count: int, seed: int) -> FloatArray:
    """Return random operating points, an amplitude away from the ends of the range, (count, E)."""
    lower, upper = np.asarray(device.lower) + amplitude, np.asarray(device.upper) - amplitude
    return np.random.default_rng(seed).uniform(lower, upper, (count, lower.size))


def points_in_middle(device: Device, count: int, generator: np.random.Generator) -> FloatArray:
    """Return random operating points in the middle half of each electrode's range, (count, E)."""
    lower, upper = np.asarray(device.lower), np.asarray(device.upper)
    share = generator.uniform(-0.5, 0.5, (count, lower.size))
    result: FloatArray = (upper + lower) / 2 + share * (upper - lower) / 2
    return result


def current_around(device: Device, point: FloatArray, electrodes: IntArray) -> VectorFunction:
    """Return the current (A) as a function of the voltages (N, K) of some electrodes.

    All other electrodes stay at the operating point.
    """

    def current(voltage: FloatArray) -> FloatArray:
        table = np.tile(point, (len(voltage), 1))
        table[:, electrodes] = voltage
        return np.asarray(device.current(table))

    return current
