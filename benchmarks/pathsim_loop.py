"""The closed loop in PathSim, a block simulator in Python."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from hgedsp.benchmarks.loop_setup import SAMPLE_RATE, LoopSetup
from hgedsp.benchmarks.timing import Candidate
from hgedsp.blocks import PolynomialDevice
from hgedsp.checks import FloatArray
from hgedsp.errors import import_extra


def pathsim_loop(setup: LoopSetup, samples: int) -> Candidate:
    """Return the loop on PathSim's blocks, solved by Euler's method with one step per sample.

    Its time constants are chosen such that a step of Euler is a step of ours; but its integrators
    see the low-pass a sample later, and parameters are not clipped. Hence the wide tolerance.

    Raises
    ------
    MissingExtraError
        If PathSim is not installed.
    """
    pathsim = import_extra("pathsim", "bench", "the closed loop in PathSim")
    running, _ = _wire(pathsim, setup)

    def answer() -> FloatArray:
        simulation, scope = _wire(pathsim, setup)
        simulation.run(20 / SAMPLE_RATE, reset=False)
        losses: FloatArray = scope.read()[1][0]
        return losses

    def step() -> None:
        running.run(samples / SAMPLE_RATE, reset=False)

    return Candidate("PathSim", step, samples, answer, tolerance=1e-3)


def _wire(pathsim: Any, setup: LoopSetup) -> tuple[Any, Any]:
    """Return the simulation, and the scope that shows the loss."""
    blocks = import_extra("pathsim.blocks", "bench", "the closed loop in PathSim")
    solvers = import_extra("pathsim.solvers", "bench", "the closed loop in PathSim")
    assert isinstance(setup.device, PolynomialDevice)
    linear, quadratic, cubic = (
        np.asarray(vector)
        for vector in (setup.device.linear, setup.device.quadratic, setup.device.cubic)
    )

    def loss_of(*v: float) -> float:
        current = linear @ v + (quadratic @ v) ** 2 + (cubic @ v) ** 3
        return float((current - setup.target) ** 2)

    # A step of Euler's method is then a step of ours: y += a (x - y).
    time_constant = 1 / (SAMPLE_RATE * setup.smoothing)
    loss, scope = blocks.Function(loss_of), blocks.Scope()
    parts, wires = [loss, scope], [pathsim.Connection(loss, scope)]
    for k, frequency in enumerate(setup.frequencies):
        tone = blocks.SinusoidalSource(frequency=float(frequency), amplitude=1.0)
        drive = blocks.Amplifier(gain=setup.amplitude)
        voltage, mixer = blocks.Adder(), blocks.Multiplier()
        gain = 2 / setup.amplitude
        updater = blocks.Integrator(0.0)
        poles = [blocks.PT1(K=1.0, T=time_constant) for _ in range(setup.order)]
        scale = blocks.Amplifier(gain=-setup.learning_rate * SAMPLE_RATE * gain)
        chain = [mixer, *poles, scale, updater]
        parts += [tone, drive, voltage, *chain]
        wires += [pathsim.Connection(a, b) for a, b in pairwise(chain)]
        wires += [
            pathsim.Connection(tone, drive, mixer[1]),
            pathsim.Connection(drive, voltage[0]),
            pathsim.Connection(updater, voltage[1]),
            pathsim.Connection(voltage, loss[k]),
            pathsim.Connection(loss, mixer[0]),
        ]
    step = 1 / SAMPLE_RATE
    return pathsim.Simulation(parts, wires, dt=step, Solver=solvers.EUF, log=False), scope
