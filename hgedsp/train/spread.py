"""How much current a device gives: the scale that wanted currents are chosen by."""

from __future__ import annotations

import numpy as np

from hgedsp.checks import FloatArray
from hgedsp.devices import Device

_POINTS = 4000


def current_spread(device: Device) -> tuple[float, float]:
    """Return median and spread of the current at random voltages within the range, A.

    The spread is half of what lies between the 16th and the 84th percentile: the standard deviation
    of a normal distribution, and deaf to rare large currents.
    """
    generator = np.random.default_rng(0)  # of the measure, and not of what is measured with it
    voltages = generator.uniform(device.lower, device.upper, (_POINTS, device.lower.size))
    currents: FloatArray = np.asarray(device.current(voltages))
    low, median, high = np.percentile(currents, [16, 50, 84])
    return float(median), float(high - low) / 2
