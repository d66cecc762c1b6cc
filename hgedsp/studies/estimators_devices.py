"""Devices of any number of electrodes, for estimators to be compared on."""

from __future__ import annotations

import numpy as np

from hgedsp.blocks import PolynomialDevice

_SPREAD = (2e-9, 20e-9)  # A/V: medians of electrodes of one measured RNPU differ as much
_BIAS = 0.003  # of the gradient, by third order at 10 mV on all electrodes, as of the default RNPU
_BEND = 1.0  # relative change of the gradient per volt on an electrode, by second order


def many_electrodes(electrodes: int, random: np.random.Generator) -> PolynomialDevice:
    """Return a polynomial of third order with gradients that are spread like those of an RNPU.

    Slopes are spread evenly in their logarithm over a factor of ten, with random signs; second and
    third order are along random directions, and so strong that they matter as much for any number
    of electrodes.
    """
    slopes = np.sqrt(_SPREAD[0] * _SPREAD[1]) if electrodes == 1 else None
    linear = np.full(1, slopes) if slopes else np.geomspace(*_SPREAD, electrodes)
    linear = random.permutation(linear) * random.choice([-1.0, 1.0], electrodes)
    length = float(np.linalg.norm(linear))
    # Third derivatives are 6 c_i c_j c_l: on all electrodes at once 6/4 a^2 |c|^3 of bias.
    cubic = _direction(electrodes, random) * np.cbrt(_BIAS * length / (1.5 * 0.01**2))
    quadratic = _direction(electrodes, random) * np.sqrt(_BEND * length / 2)
    return PolynomialDevice(linear, quadratic, cubic)


def _direction(
    electrodes: int, random: np.random.Generator
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    vector = random.standard_normal(electrodes)
    return vector / np.linalg.norm(vector)
