"""Run-time changes of parameters, all of which leave a graph as tame as it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hgedsp.block import Block
from hgedsp.graph.graph import Graph

# Per class, what may be made smaller; what can have a value per lane comes second.
_SMALLER: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Adam": (("learning_rate",), ("learning_rate", "frozen")),
    "Bandwidth": (("cutoff",), ()),
    "Biquad": (("b0", "b1", "b2"), ()),
    "Chaser": (("pull",), ()),
    "Clip": (("lower", "upper"), ("lower", "upper")),
    "Constant": (("value",), ()),
    "Cubic": (("c1",), ()),
    "DcBlock": (("time_constant",), ()),
    "Demodulator": (("gain", "time_constant"), ()),
    "Echo": (("share",), ()),
    "Gain": (("factor",), ("factor",)),
    "GradientDescent": (("learning_rate",), ("learning_rate", "frozen")),
    "Helped": (("knee",), ()),
    "Integrator": (("gain", "initial_value"), ("gain", "initial_value")),
    "LowPass": (("time_constant",), ()),
    "Mixer": (("gain",), ("gain",)),
    "Momentum": (("learning_rate",), ("learning_rate", "frozen")),
    "OnePole": (("time_constant",), ()),
    "Oscillator": (("frequency",), ()),
    "Peak": (("decay",), ()),
    "PlateauSequence": (("points",), ()),
    "Slew": (("largest",), ()),
    "SurrogateDevice": (("amplification",), ()),
    "ToneGenerator": (("amplitude", "frequency"), ("amplitude",)),
    "WeightedSum": (("weight",), ()),
    "WhiteNoise": (("density",), ("density",)),
}
_UPDATERS = ("Adam", "GradientDescent", "Momentum")


@dataclass(frozen=True)
class Change:
    """A parameter by name, and its new value."""

    path: str
    value: Any


def changes(graph: Graph, random: np.random.Generator) -> tuple[list[Change], list[Change]]:
    """Return a first round of changes, and a second one that takes some of them back.

    At most one parameter goes from one number for all lanes to one for each: such a kernel is
    compiled again.
    """
    first, second = [], []
    per_lane = random.random() < 0.3
    for name, block, lanes in _blocks(graph):
        for field in _fields(block):
            if random.random() < 0.25:
                old = getattr(block, field)
                wide = per_lane and lanes > 1 and _may_be_wide(block, field)
                per_lane = per_lane and not wide
                new = _smaller(field, old, random, lanes if wide else 0)
                first.append(Change(f"{name}.{field}", new))
                if random.random() < 0.6:
                    again = old if random.random() < 0.5 else _smaller(field, old, random, 0)
                    second.append(Change(f"{name}.{field}", again))
    return first, second


def _blocks(graph: Graph) -> list[tuple[str, Block, int]]:
    """Names, blocks and lanes; of compounds, which have no lanes of their own, 0."""
    checked = graph.checked
    nodes = [(n.name, n.block, checked.lanes[n.index].get("K", 0)) for n in checked.flat.nodes]
    return [*nodes, *((f.name, f.node.block, 0) for f in checked.flat.families)]


def _fields(block: Block) -> tuple[str, ...]:
    kind = type(block).__name__
    more = ("frozen",) if kind in _UPDATERS else ()
    return (*_SMALLER.get(kind, ((), ()))[0], *more)


def _may_be_wide(block: Block, field: str) -> bool:
    return field in _SMALLER[type(block).__name__][1]


def _smaller(field: str, old: Any, random: np.random.Generator, lanes: int) -> Any:
    if field == "frozen":
        return random.integers(0, 2, lanes or 1).astype(float)
    return np.multiply(old, random.uniform(0.5, 1.0, lanes or None))
