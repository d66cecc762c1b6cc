"""Hold the kernels of one random graph to the interpreter, and to themselves in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from hgedsp.errors import HgedspError
from hgedsp.fuzz.changes import Change, changes
from hgedsp.fuzz.grow import WINDOWED, grow
from hgedsp.graph.graph import Graph
from hgedsp.run.kernel import Kernel

# Of the largest value of a wire; all that goes into a wire is of order one (see `tap`).
TOLERANCE = 1e-12

# Samples per run, from and to: short, through a refresh or two, and some windows.
_LENGTHS = ((40, 73), (128, 256), (WINDOWED, WINDOWED + 200))
_SHARES = (0.86, 0.08, 0.06)

Values = dict[str, npt.NDArray[Any]]


class Disagreement(HgedspError, AssertionError):
    """Two ways to run the same graph gave different numbers."""


@dataclass(frozen=True)
class Ride:
    """How one graph is run: samples, pieces, probes and what changes on the way.

    Attributes
    ----------
    start : int
        Index of the first sample.
    border : tuple of int
        Where the parameters change.
    cuts : tuple of int
        Further ends of chunks.
    """

    seed: int
    graph: Graph
    start: int
    inputs: Values
    samples: int
    probes: dict[str, int]
    border: dict[int, list[Change]] = field(default_factory=dict)
    cuts: tuple[int, ...] = ()


def plan(seed: int, only: int | None = None) -> Ride:
    """Grow the graph of a seed, and say how it is run; see `grow` for `only`."""
    random = np.random.default_rng([seed, 1])
    samples = int(random.integers(*_LENGTHS[int(random.choice(3, p=_SHARES))]))
    graph = grow(seed, samples, only).graph
    wires = [f"{n.name}.{p.name}" for n in graph.nodes for p in n.block.ports.outputs]
    probes = {str(w): int(random.integers(1, 5)) for w in random.choice(wires, random.integers(4))}
    first, second = changes(graph, random)
    borders = sorted(int(t) for t in random.integers(1, samples, 2))
    border: dict[int, list[Change]] = {}
    for at, what in zip(borders, (first, second), strict=True):
        border.setdefault(at, []).extend(what)
    cuts = tuple(sorted(int(t) for t in random.integers(0, samples + 1, 4)))
    start = int(random.integers(10**10)) if random.random() < 0.2 else 0
    return Ride(seed, graph, start, _samples(graph, random, samples), samples, probes, border, cuts)


def attack(ride: Ride, kernels: str = "all") -> None:
    """Run one graph in all the ways that have to give the same, and compare.

    Parameters
    ----------
    kernels : {"all", "strict", "fast"}
        Which kernels to compile. Each takes a good part of a second.

    Raises
    ------
    Disagreement
        If two runs differ; it says where first.
    """
    oracle = _play(ride, ride.graph.compile(probes=ride.probes, interpret=True))
    if kernels in ("all", "strict"):
        kernel = ride.graph.compile(probes=ride.probes, fastmath=False)
        strict = _play(ride, kernel)
        _same(ride, "the strict kernel and the interpreter", strict, oracle)
        _pieces(ride, kernel, strict)
    if kernels in ("all", "fast"):
        kernel = ride.graph.compile(probes=ride.probes)
        fast = _play(ride, kernel)
        _close(ride, fast, oracle)
        _pieces(ride, kernel, fast)
    if kernels == "all":
        bare = ride.graph.compile()
        outputs = _play(ride, bare)
        if isinstance(bare.windows, str):
            _same(ride, "a kernel without probes and one with", outputs, fast)
        else:
            # Whole windows at once: other sums than those of the samples one by one.
            _close(ride, outputs, oracle)
            _pieces(ride, bare, outputs)


def _pieces(ride: Ride, kernel: Kernel, whole: Values) -> None:
    pieces = _play(ride, kernel, ride.cuts)
    _same(ride, "a run in pieces and one in a whole", pieces, whole)


# Runs --------------------------------------------------------------------------------------------


def _play(ride: Ride, kernel: Kernel, cuts: tuple[int, ...] = ()) -> Values:
    """Run from the start to the end; return all outputs, and the states in the end.

    At every cut the state is saved, the run goes on for a while, and comes back.
    """
    if kernel.sample or ride.start:
        fresh = ride.graph.compile(interpret=True)
        kernel.load_state({**fresh.state(), "sample": np.array(ride.start)})
    parts = []
    with np.errstate(all="ignore"):  # whole numbers wrap
        for begin, end in _chunks(ride, cuts):
            for change in ride.border.get(begin, ()):
                kernel.parameters[change.path] = change.value
            if begin in cuts:
                _there_and_back(ride, kernel, begin)
            parts.append(kernel.process(_cut(ride, begin, end)))
    outputs = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return {**outputs, **{f"state {name}": kernel.states[name] for name in kernel.states}}


def _chunks(ride: Ride, cuts: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    ends = sorted({0, *ride.border, *cuts, ride.samples})
    return pairwise(ends)


def _there_and_back(ride: Ride, kernel: Kernel, begin: int) -> None:
    saved = kernel.state()
    kernel.process(_cut(ride, begin, ride.samples))
    kernel.load_state(saved)


def _cut(ride: Ride, begin: int, end: int) -> Any:
    cut = {name: values[begin:end] for name, values in ride.inputs.items()}
    return cut or end - begin


def _samples(graph: Graph, random: np.random.Generator, n: int) -> Values:
    samples: Values = {}
    for node in graph.nodes:
        if node.block.external:
            width = graph.checked.port_width(node.index, node.block.ports.outputs[0])
            whole = node.block.ports.outputs[0].dtype == "int64"
            made = (
                random.integers(-3, 4, (n, width)) if whole else random.uniform(-1, 1, (n, width))
            )
            samples[node.name] = made
    return samples


# Comparisons -------------------------------------------------------------------------------------


def _same(ride: Ride, who: str, got: Values, wanted: Values) -> None:
    """Compare bit for bit what both have."""
    for name, values in wanted.items():
        if name in got:
            bad = got[name].view(np.uint64) != values.view(np.uint64)
            _refuse(ride, who, name, bad, got[name], values)


def _close(ride: Ride, got: Values, wanted: Values) -> None:
    """Compare but for roundings. Whole numbers have none."""
    for name, values in wanted.items():
        if name in got and not name.startswith("state "):
            largest = float(np.max(np.abs(values), initial=1.0))
            room = TOLERANCE * largest if values.dtype == np.float64 else 0.0
            bad = ~(np.abs(got[name] - values) <= room)
            _refuse(ride, "the fast kernel and the interpreter", name, bad, got[name], values)


def _refuse(ride: Ride, who: str, name: str, bad: Any, got: Any, wanted: Any) -> None:
    if not bad.any():
        return
    tick, lane = (int(i[0]) for i in np.nonzero(bad.reshape(len(bad), -1)))
    a, b = (float(values.reshape(len(values), -1)[tick, lane]) for values in (got, wanted))
    lanes = f", lane {lane}" if bad.ndim > 1 else ""
    raise Disagreement(
        f"seed {ride.seed}: {who} differ: {name} at tick {tick}{lanes} is {a!r} and {b!r} "
        f"({int(bad.sum())} of {bad.size} values differ)",
        mend=f"python -m hgedsp.fuzz --seed {ride.seed}",
    )
