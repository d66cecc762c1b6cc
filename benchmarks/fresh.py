"""What is timed in a process of its own: ``python -m hgedsp.benchmarks.fresh xor|chain|loop SIZE``.

Prints the seconds from before the graph is made to its first sample.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from hgedsp.benchmarks.loop_setup import SAMPLE_RATE, cubic_loop
from hgedsp.block import Block
from hgedsp.blocks import Clip, Gain, Input, LeadLag, MovingAverage, OnePole, Quantiser
from hgedsp.devices import load_device
from hgedsp.graph.graph import Graph
from hgedsp.graphs import GateSetup, per_epoch
from hgedsp.wire import as_wire


def xor_graph() -> Graph:
    """Return the graph that trains the default device to an XOR gate."""
    device = load_device("rnpu")
    return per_epoch(GateSetup("xor", device, device.lower, device.upper, np.zeros(5)))


def chain_graph(blocks: int) -> Graph:
    """Return so many blocks of six classes in a row."""
    wire = Input("x").as_wire()
    for number in range(blocks):
        wire = as_wire(_link(number)(wire))
    return Graph(SAMPLE_RATE, {"y": wire}, name="chain")


def _link(number: int) -> Block:
    links: tuple[Block, ...] = (
        OnePole(1e-3),
        Gain(0.9),
        LeadLag(1e4, 1e5),
        Clip(-1.0, 1.0),
        MovingAverage(8),
        Quantiser(12, -1.0, 1.0),
    )
    return links[number % len(links)]


def main(kind: str, size: int = 0) -> float:
    """Return the seconds from before the graph is made to its first sample."""
    began = time.perf_counter()
    if kind == "xor":
        xor_graph().compile().process(1)
    elif kind == "chain":
        chain_graph(size).compile().process({"x": np.ones(1)})
    else:
        cubic_loop(size, 1).graph().compile().process(1)
    return time.perf_counter() - began


if __name__ == "__main__":
    print(main(sys.argv[1], *map(int, sys.argv[2:])))
