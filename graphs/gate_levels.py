"""Output currents of many settings of a gate, each measured for a moment."""

from __future__ import annotations

import numpy as np

from hgedsp.blocks import IntegrateAndDump, PlateauSequence
from hgedsp.checks import FloatArray, require
from hgedsp.graph import Graph
from hgedsp.graphs.gate_setup import GateSetup
from hgedsp.graphs.sample import noisy_current


def gate_levels(setup: GateSetup, voltages: FloatArray, *, plateau: int = 20) -> Graph:
    """Return a graph that measures the output of one set of electrode voltages after another.

    Nothing is perturbed and nothing learns, so a plateau of a few samples will do: enough to tell
    good settings from bad ones before one of them is trained.

    Parameters
    ----------
    setup : GateSetup
        Device, noise, sample rate and ramp.
    voltages : array of shape (P, E)
        Voltages of all electrodes, V, such as those of `GateSetup.electrode_voltages` for several
        settings. Other ones of the same shape can be set later: parameter ``settings.points``.
    plateau : int, optional
        Samples averaged per set of voltages, from 2, after `setup.skip` that are left out.

    Returns
    -------
    Graph
        Without inputs; output `level` (nA), once per set of voltages.

    Raises
    ------
    ParameterError
        If `voltages` is no such table.
    """
    electrodes = np.size(setup.lower)
    require(
        np.ndim(voltages) == 2 and np.shape(voltages)[1] == electrodes,
        f"gate_levels needs voltages of shape (P, {electrodes}), got {np.shape(voltages)}",
        "give one row per set of voltages, one number per electrode",
    )
    held = setup.held - setup.plateau + plateau
    settings = PlateauSequence(voltages, held, setup.ramp, name="settings")
    # A stream of its own: not the noise that the training sees.
    current = noisy_current(setup.device, settings.values, setup.noise, setup.seed + 1, setup.path)
    level = IntegrateAndDump(setup.skip + plateau, setup.skip, name="level")(current * 1e9)
    return Graph(setup.sample_rate, {"level": level}, name=f"levels of {setup.gate}")
