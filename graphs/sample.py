"""One sample of a device: its current, with the noise of the output on it, as it is recorded."""

from __future__ import annotations

from hgedsp.block import Block
from hgedsp.blocks import WhiteNoise
from hgedsp.graphs.signal_path import SignalPath
from hgedsp.wire import Wire, as_wire

DIRECT = SignalPath()


def noisy_current(
    device: Block, voltage: Wire, noise: float, seed: int, path: SignalPath = DIRECT
) -> Wire:
    """Wire a copy of a device, white noise (A^2/Hz, one-sided), if any, and the path behind it."""
    current = as_wire(device.copy()(voltage))
    if noise != 0:
        current = as_wire(WhiteNoise(noise, seed, name="noise")(current))
    return path.passed(current)
