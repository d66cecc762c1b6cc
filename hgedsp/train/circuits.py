"""Analog learning circuits, many at once: each with its own parts, start and noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hgedsp.block import Block
from hgedsp.checks import FloatArray
from hgedsp.devices import require_device
from hgedsp.graphs import AnalogParts, GateSetup, Tolerances, in_materia
from hgedsp.graphs.analog_parts import RAIL_V
from hgedsp.graphs.in_materia import part_parameters
from hgedsp.run.many import Runs
from hgedsp.run.per_run import PerRun
from hgedsp.train.common import WORKING_MARGIN_NA
from hgedsp.train.spread import current_spread

# Chosen for this package as what can be bought without trimming, not taken from a data sheet.
TYPICAL = Tolerances(offset=0.001, gain=0.02, phase=0.1, time_constant=0.05, leak=0.01)
_SWING_SHARE = 2 / 3  # wanted step of the current, of the spread of the device
# More than elsewhere: a mixer's offset counts for less beside a larger signal.
_AMPLITUDE = 0.05
_WARM_UP = 6  # cycles of the four cases in which the AC coupling settles
_LAST = 8  # cycles over which controls are averaged to measure them


@dataclass(frozen=True)
class Learnt:
    """What circuits did: an axis of runs before that of cycles.

    Attributes
    ----------
    loss_V, margin_nA : array of shape (runs, cycles)
        As measured.
    controls_V : array of shape (runs, cycles, K)
    final_nA : array of shape (runs, 4)
        Levels at the mean of the last controls, without noise and perturbation.
    final_margin_nA : array of shape (runs,)
        Of those levels.
    """

    loss_V: FloatArray
    margin_nA: FloatArray
    controls_V: FloatArray
    final_nA: FloatArray
    final_margin_nA: FloatArray

    @property
    def works(self) -> Any:
        """Whether each run ended with a margin above 1 nA."""
        return self.final_margin_nA > WORKING_MARGIN_NA


class Circuits:
    """Circuits on one kind of device, compiled once, and used with parts of any kind.

    Parameters
    ----------
    device : Block
        A device with methods `current`, `lower` and `upper`, such as `SurrogateDevice`.
    gate : str
        One of `hgedsp.graphs.GATES`.
    runs : int
        How many circuits at once.
    """

    def __init__(self, device: Block, gate: str, runs: int) -> None:
        self.device, self.runs = require_device(device, "be trained in materia"), runs
        start = np.zeros(max(self.device.lower.size - 2, 1))
        setup = GateSetup(
            gate,
            device,
            self.device.lower,
            self.device.upper,
            start,
            plateau=128,
            ramp=0,
            amplitude=_AMPLITUDE,
        )
        self.lower, self.upper = setup.control_bounds
        self.setup = replace(setup, initial=(self.lower + self.upper) / 2)
        self.swing_nA = 1e9 * _SWING_SHARE * current_spread(self.device)[1]
        parts = AnalogParts.draw(Tolerances(), self.lower.size, 0)
        graph = in_materia(self.setup, parts, swing_nA=self.swing_nA)
        self.kernels: Runs = graph.compile(runs=runs)

    def learn(
        self,
        tolerances: Tolerances,
        seeds: Sequence[int],
        starts: FloatArray,
        cycles: int,
    ) -> Learnt:
        """Let every circuit learn from its start, with parts and noise of its seed.

        Parameters
        ----------
        tolerances : Tolerances
            Of the parts.
        seeds : sequence of int
            One for each run.
        starts : array of shape (runs, K)
            From -1 to 1, the ends of each control's range.
        cycles : int
            Of the four cases.
        """
        drawn = [AnalogParts.draw(tolerances, len(self.lower), seed) for seed in seeds]
        given = [part_parameters(self.setup, parts, swing_nA=self.swing_nA) for parts in drawn]
        kernels, epoch = self.kernels, self.setup.epoch
        kernels.reset()
        for path in given[0]:
            kernels.parameters[path] = PerRun([parameters[path] for parameters in given])
        kernels.parameters["sample/noise.seed"] = PerRun(seeds)
        kernels.states["integrator.y"] = PerRun(RAIL_V * starts)
        # Power is on, and the integrators are held until the couplings have settled.
        kernels.parameters["integrator.gain"] = np.zeros(len(self.lower))
        kernels.process(_WARM_UP * epoch)
        gains = [parameters["integrator.gain"] for parameters in given]
        kernels.parameters["integrator.gain"] = PerRun(gains)
        outputs = kernels.process(cycles * epoch)
        return self._learnt(outputs)

    def _learnt(self, outputs: dict[str, Any]) -> Learnt:
        finals = outputs["controls"][:, -_LAST:].mean(axis=1)
        levels = np.stack([self._levels(controls) for controls in finals])
        high = self.setup.target > 0
        margins = levels[:, high].min(axis=1) - levels[:, ~high].max(axis=1)
        return Learnt(outputs["loss"], outputs["margin"], outputs["controls"], levels, margins)

    def _levels(self, controls: FloatArray) -> FloatArray:
        """Return the current of the four cases without noise and perturbation, nA."""
        return 1e9 * np.asarray(self.device.current(self.setup.electrode_voltages(controls)))
