"""The graphs that are timed."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

import hgedsp as hg
from hgedsp.graphs import GateSetup, continuous

SAMPLE_RATE = 1e6


def polynomial_xor() -> hg.Graph:
    """The continuous XOR loop around a cubic device with 7 controls: 9 electrodes in all."""
    generator = np.random.default_rng(0)
    device = hg.PolynomialDevice(
        1e-9 * generator.normal(size=9),
        quadratic=1e-4 * generator.normal(size=9),
        cubic=5e-4 * generator.normal(size=9),
    )
    return _xor(device, np.full(9, -1.0), np.full(9, 1.0), noise=0.0)


def surrogate_xor() -> hg.Graph:
    """The continuous XOR loop around a 7-90x6-1 ReLU network."""
    generator = np.random.default_rng(0)
    sizes = [7, *[90] * 6, 1]
    weights = [generator.normal(size=(b, a)) * np.sqrt(2 / a) for a, b in pairwise(sizes)]
    device = hg.SurrogateDevice(
        tuple(weights),
        tuple(0.1 * generator.normal(size=b) for b in sizes[1:]),
        activation="relu",
        offset=np.zeros(7),
        amplitude=np.ones(7),
        amplification=20e-9,
    )
    return _xor(device, device.lower, device.upper, noise=1e-23)


def _xor(device: hg.Block, lower: np.ndarray, upper: np.ndarray, noise: float) -> hg.Graph:
    setup = GateSetup(
        "xor",
        device,
        lower,
        upper,
        np.zeros(lower.size - 2),
        inputs=(0, 1),
        sample_rate=SAMPLE_RATE,
        plateau=256,
        ramp=0,
        learning_rate=1e-3,
        noise=noise,
    )
    return continuous(setup)
