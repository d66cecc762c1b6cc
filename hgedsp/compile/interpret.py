"""The interpreter: the meaning of a graph, as plainly as it can be written.

It knows the checked graph and where its memory is, but no schedule, no groups and no emitted text,
so that a mistake in those shows as a difference. What a kernel has to compute is this:

- Samples are counted from the start of the run. A node with divisor d ticks at samples t with
  ``t % d == d - 1``, and then its step is called once: per lane, or once on arrays.
- At a tick every step sees the states from before the tick. All new states are taken over together
  when the tick is over. A registered output is a state, so it shows what was before the tick; any
  other output shows what the step has just made.
- A step that decimates by m is called at every tick of its input, with ``position`` from 0 to
  m - 1. Its outputs are read at the last position only, ``t % (d m) == d m - 1``.
- A hold (a block that interpolates) is the exception: it takes over its new state at once, and
  shows it until its next tick. A hold over a registered wire of the same width is transparent:
  who reads it reads that wire, which shows an update on the very next base sample.
- A wire of one lane fits any number of lanes. An input that was left unconnected brings its
  default, a constant its value, an outside input the sample of now. A number is converted to the
  type of the port that takes it.
- A block that reduces gives the sum of what its step returns, lane by lane in order, from 0; the
  sum over a single lane is that lane.
- Where a block has a refresh, it is called at every `refresh_every`-th tick, when the new states
  are taken over, and gives new states once more. States and coefficients that are `rare` are for
  the refresh alone.
- Lane steps get NumPy scalars: float64, and int64, which wraps. Steps on arrays get a copy of
  their state. The arrays they write outputs to are theirs, and zero at the start.
- In a graph in float32 all that is float64 here is float32, and the text of a step says so; see
  `hgedsp.compile.narrow`.
- An output stored every n ticks is stored at samples t with ``t % (d n) == d - 1``, d being the
  divisor of the wire that the user named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from graphlib import TopologicalSorter
from typing import Any

import numpy as np

from hgedsp.compile.fingerprint import plain
from hgedsp.compile.interpret_step import Array, Shown, Step, Value
from hgedsp.compile.layout import ARRAYS, Memory, read_slot, write_slot
from hgedsp.graph.flat import CheckedGraph, FlatNode, Source
from hgedsp.ports import Port

Function = Callable[..., Any]


def interpreter(
    checked: CheckedGraph,
    memory: Memory,
    ends: Mapping[str, Source],
    every: Mapping[str, int],
    narrowed: Function | None = None,
) -> Callable[..., None]:
    """Return a function that is called like a kernel and does what the graph says.

    Parameters
    ----------
    memory : Memory
        Where states and coefficients are kept from call to call.
    ends, every : mapping
        Wires to store by name, and every how many ticks; 1 where left out.
    narrowed : callable, optional
        Says in the text of a step, given it, its node and whether it is a refresh, what is float32.
    """
    nodes = checked.flat.nodes
    shown = _rest(checked, memory)
    steps = [_step(checked, memory, nodes[index], narrowed) for index in _makers_first(checked)]
    refreshed = [node for node in nodes if node.block.refresh_every]
    refreshes = [_refresh(checked, memory, node, narrowed) for node in refreshed]
    external = [_key(n.index, n.block.ports.outputs[0].name) for n in nodes if n.block.external]
    stores = [_store(checked, end, every.get(name, 1)) for name, end in ends.items()]
    states = {_key(*name): slot for name, slot in memory.state.items()}
    coefficients = {
        (_key if nodes[node].block.constant else _coefficient)(node, name): slot
        for (node, name), slot in memory.coefficient.items()
    }

    def kernel(n: int, start: int, *arrays: Array) -> None:
        flat = dict(zip(ARRAYS, arrays, strict=False))
        samples = arrays[len(ARRAYS) : len(ARRAYS) + len(external)]
        rows = [iter(output) for output in arrays[len(ARRAYS) + len(external) :]]
        for key, slot in (*states.items(), *coefficients.items()):
            shown[key] = read_slot(flat, slot)
        for t in range(start, start + n):
            for key, given in zip(external, samples, strict=True):
                shown[key] = given[t - start]
            tick(t, rows)
        for key, slot in states.items():
            write_slot(flat, slot, shown[key])

    def tick(t: int, rows: list[Iterator[Array]]) -> None:
        after: Shown = {}
        for step in steps:
            if step.ticks(t):
                new_states = step.call(t, shown)
                (shown if step.holds else after).update(new_states)
        for (key, period, phase), row in zip(stores, rows, strict=True):
            if t % period == phase:
                next(row)[:] = shown[key]
        shown.update(after)
        for refresh in refreshes:
            if refresh.ticks(t):
                shown.update(refresh.call(t, shown))

    return kernel


# Before a run ------------------------------------------------------------------------------------


def _key(node: int, port: str) -> str:
    """Where a wire and a state are shown; for a registered output they are the same."""
    return f"{node}.{port}"


def _coefficient(node: int, port: str) -> str:
    return f"{node} coefficient {port}"


def _default(node: int, port: str) -> str:
    return f"{node} default {port}"


def _rest(checked: CheckedGraph, memory: Memory) -> Shown:
    """What is shown before anything has run: zeros, and the defaults of unconnected inputs."""
    shown: Shown = {}
    for node in checked.flat.nodes:
        ports = node.block.ports
        for port in (*ports.outputs, *ports.state):
            width = checked.port_width(node.index, port)
            shown[_key(node.index, port.name)] = np.zeros(width, memory.dtype_of(port))
        for port, source in zip(ports.inputs, node.inputs, strict=True):
            if not isinstance(source, Source):
                shown[_default(node.index, port.name)] = np.array([source], memory.dtype_of(port))
    return shown


def _step(checked: CheckedGraph, memory: Memory, node: FlatNode, narrowed: Function | None) -> Step:
    block, ports = node.block, node.block.ports

    def values(name: Callable[[int, str], str], ports: Iterable[Port]) -> list[Value]:
        return _values(name, memory, node, ports)

    def read(port: Port, source: Source | float) -> str:
        if not isinstance(source, Source):
            return _default(node.index, port.name)
        seen = _seen(checked, source)
        return _key(seen.node, seen.port)

    pairs = zip(ports.inputs, node.inputs, strict=True)
    function = plain(block.step_function)
    return Step(
        narrowed(function, node, False) if narrowed else function,
        0 if block.vector else _lanes(checked, node),
        checked.divisor[node.index],
        block.decimation,
        block.reduces,
        block.interpolation > 1,
        [_value(read(*pair), memory, pair[0]) for pair in pairs],
        values(_key, (port for port in ports.outputs if port.name not in ports.registered)),
        values(_key, (port for port in ports.state if port.name not in block.rare)),
        values(_coefficient, (p for p in ports.coefficients if p.name not in block.rare)),
    )


def _refresh(
    checked: CheckedGraph, memory: Memory, node: FlatNode, narrowed: Function | None
) -> Step:
    function = plain(type(node.block).__dict__["refresh"].__func__)
    return Step(
        narrowed(function, node, True) if narrowed else function,
        _lanes(checked, node),
        checked.divisor[node.index] * node.block.refresh_every,
        decimation=1,
        reduces=False,
        holds=True,
        inputs=[],
        outputs=[],
        states=_values(_key, memory, node, node.block.ports.state),
        coefficients=_values(_coefficient, memory, node, node.block.ports.coefficients),
    )


def _lanes(checked: CheckedGraph, node: FlatNode) -> int:
    """Return over how many lanes a step is mapped."""
    ports = node.block.ports
    mapped = (*ports.inputs, *ports.outputs, *ports.state)
    return max((checked.port_width(node.index, port) for port in mapped), default=1)


def _value(key: str, memory: Memory, port: Port) -> Value:
    return Value(key, np.dtype(memory.dtype_of(port)), bool(port.lanes))


def _values(
    name: Callable[[int, str], str], memory: Memory, node: FlatNode, ports: Iterable[Port]
) -> list[Value]:
    return [_value(name(node.index, port.name), memory, port) for port in ports]


def _store(checked: CheckedGraph, end: Source, every: int) -> tuple[str, int, int]:
    """Return what an output stores, and the period and phase of the samples when it does."""
    divisor, seen = checked.output_divisor[end.node], _seen(checked, end)
    return _key(seen.node, seen.port), divisor * every, divisor - 1


def _seen(checked: CheckedGraph, source: Source) -> Source:
    """Return what is read in the place of a wire: the registered one behind a hold, or itself."""
    node = checked.flat.nodes[source.node]
    if node.block.interpolation == 1:
        return source
    (behind,) = (_seen(checked, held) for _, held in node.sources)
    same_width = checked.width(behind) == checked.width(source)
    return behind if checked.flat.is_registered(behind) and same_width else source


def _makers_first(checked: CheckedGraph) -> Iterator[int]:
    """Return the nodes that are called, each after those whose outputs of the same tick it reads.

    A transparent hold is read by nobody, and so it is not called.
    """
    called = [
        node
        for node in checked.flat.nodes
        if not (node.block.constant or node.block.external)
        and all(_seen(checked, wire) == wire for wire in _outputs(node))
    ]
    makers = {
        node.index: [
            seen.node
            for seen in (_seen(checked, source) for _, source in node.sources)
            if not checked.flat.is_registered(seen)
        ]
        for node in called
    }
    order = TopologicalSorter(makers).static_order()
    return (index for index in order if index in makers)


def _outputs(node: FlatNode) -> Iterator[Source]:
    return (Source(node.index, port.name) for port in node.block.ports.outputs)
