"""What sets of tones find without noise, collisions included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgedsp.checks import FloatArray, IntArray
from hgedsp.devices import Model
from hgedsp.hge import plan_expectation
from hgedsp.studies.points import current_around

SAMPLES = 4096  # per window: folding meets the tones with products of tenth order or higher only


@dataclass(frozen=True, eq=False)
class ToneSet:
    """Tones on some electrodes of a device, all of one amplitude.

    Attributes
    ----------
    name : str
    bins : array of shape (K,)
        Periods per window.
    phase : array of shape (K,)
        rad.
    """

    name: str
    bins: IntArray
    phase: FloatArray


def estimated(
    device: Model,
    points: FloatArray,
    electrodes: IntArray,
    tones: ToneSet,
    amplitude: float,
) -> FloatArray:
    """Return in-phase estimates of the derivatives in one window without noise, (P, K), A/V."""
    return np.array(
        [
            plan_expectation(
                current_around(device, point, electrodes),
                point[electrodes],
                amplitude,
                tones.bins.astype(np.float64),
                tones.phase,
                SAMPLES,
            )
            for point in points
        ]
    )
