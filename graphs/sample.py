"""One sample of a device: its current, with the noise of the output on it."""

from __future__ import annotations

from hgedsp.block import Block
from hgedsp.blocks import WhiteNoise
from hgedsp.wire import Wire, as_wire


def noisy_current(device: Block, voltage: Wire, noise: float, seed: int) -> Wire:
    """Wire a copy of a device, and white noise (A^2/Hz, one-sided), if any, to its output."""
    current = as_wire(device.copy()(voltage))
    if noise == 0:
        return current
    return as_wire(WhiteNoise(noise, seed, name="noise")(current))
