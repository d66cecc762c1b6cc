"""Measure several settings for a moment, and start from the best."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hgedsp.checks import FloatArray, VectorLike
from hgedsp.graphs import GateSetup, gate_levels


class Candidates:
    """Settings of a gate's controls that are measured before one of them is trained.

    Parameters
    ----------
    setup : GateSetup
        Gate, device and noise.
    count : int
        How many settings are measured at a time.

    Attributes
    ----------
    samples : int
        Samples that all measurements took together.
    """

    def __init__(self, setup: GateSetup, count: int) -> None:
        self.setup = setup
        self.samples = 0
        points = self._points([np.asarray(setup.initial, dtype=np.float64)] * count)
        self._kernel = gate_levels(setup, points, plateau=_PLATEAU).compile()

    def best(self, settings: Sequence[FloatArray]) -> FloatArray:
        """Return the one of `count` settings, each of shape (E - 2,), V, with the least loss."""
        return settings[
            int(np.argmin(correlation_losses(self.levels(settings), self.setup.target)))
        ]

    def levels(self, settings: Sequence[FloatArray]) -> FloatArray:
        """Measure the four cases of each of `count` settings; shape (count, 4), nA."""
        points = self._points(settings)
        self._kernel.parameters["settings.points"] = points
        samples = len(points) * (self.setup.skip + _PLATEAU)
        self.samples += samples
        return self._kernel.process(samples)["level"].reshape(len(settings), -1)

    def _points(self, settings: Sequence[FloatArray]) -> FloatArray:
        return np.concatenate([self.setup.electrode_voltages(each) for each in settings])


def correlation_losses(levels: FloatArray, target: VectorLike) -> FloatArray:
    """Return 1 - corr(levels, target) of each row; 1 where all levels are equal."""
    wanted = np.asarray(target, dtype=np.float64)
    wanted = wanted - wanted.mean()
    deviation = levels - levels.mean(axis=1, keepdims=True)
    size = np.sqrt((deviation**2).sum(axis=1) * (wanted**2).sum())
    flat = size == 0
    loss: FloatArray = 1.0 - np.where(flat, 0.0, deviation @ wanted / np.where(flat, 1.0, size))
    return loss


# Samples averaged per case: 2 ms at 10 kHz, where the paper's noise leaves 0.05 nA rms.
_PLATEAU = 20
