"""A device made from physics: holes hop between 30 dopants, solved for at every sample."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from hgedsp.benchmarks.effort import Effort
from hgedsp.benchmarks.timing import OURS, Candidate, Result, measure
from hgedsp.blocks import HoppingNetwork, Input
from hgedsp.checks import FloatArray
from hgedsp.graph.graph import Graph

NAME = "hopping"
TITLE = "Hopping network of 30 sites, 8 contacts, all electrodes perturbed by 20 mV"
KINDS: dict[str, dict[str, Any]] = {"no": {}, "yes": {"permittivity": 11.7, "donors": 15}}
_PERIODS = (23, 25, 31, 41, 45, 51, 53)  # in 256 samples
_SEED = 3  # with repulsion, too, a network with one steady state around the point below


def run(effort: Effort) -> Iterator[Result]:
    """Measure holes that are alone, and those that repel each other."""
    for repulsion in effort.pick(tuple(KINDS), ("no",)):
        device = HoppingNetwork.random(_SEED, **KINDS[repulsion])
        voltage = perturbed(device, 1024)
        yield measure(
            NAME,
            {"sites": device.network.sites, "repulsion": repulsion},
            [_ours(device, voltage), _numpy(device, voltage)],
            reference=partial(_currents, device, voltage),
            rounds=effort.rounds,
            seconds=effort.seconds,
        )


def perturbed(device: HoppingNetwork, samples: int) -> FloatArray:
    """Return the voltages of a point and a tone on each electrode, (samples, electrodes), V."""
    point = np.random.default_rng(1).uniform(-0.4, 0.4, device.electrodes)
    phase = 2 * np.pi * np.outer(np.arange(samples), _PERIODS) / 256
    voltage: FloatArray = point + 0.02 * np.sin(phase)
    return voltage


def _ours(device: HoppingNetwork, voltage: FloatArray) -> Candidate:
    wire = device.copy()(Input("voltage", device.electrodes))
    kernel = Graph(10e3, {"current": wire}).compile()

    def step() -> FloatArray:
        current: FloatArray = kernel.process({"voltage": voltage})["current"]
        return current

    return Candidate(OURS, step, len(voltage), step)


def _numpy(device: HoppingNetwork, voltage: FloatArray) -> Candidate:
    step = partial(_currents, device, voltage)
    return Candidate("NumPy, all samples at once", step, len(voltage))


def _currents(device: HoppingNetwork, voltage: FloatArray) -> FloatArray:
    return np.asarray(device.current(voltage))
