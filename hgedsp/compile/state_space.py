"""Linear filters as matrices, found by feeding their steps with ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hgedsp.block import Block
from hgedsp.checks import FloatArray
from hgedsp.compile.fingerprint import plain
from hgedsp.compile.layout import spread
from hgedsp.compile.window_chains import Chain
from hgedsp.graph.flat import CheckedGraph, Source

# With extended precision, where the machine has it, a pole near 1 keeps its distance from 1, and
# so a long time constant its length: of 1 - 1e-6 float64 keeps ten digits of the 1e-6.
Extended = np.longdouble
ExtendedArray = npt.NDArray[np.longdouble]

BlockOf = Callable[[int], Block]  # the block of a node, with the parameters of now
Numbers = tuple[np.longdouble | int, ...]


@dataclass(frozen=True, eq=False)
class StateSpace:
    """s[n+1] = a s[n] + b x[n],   y[n] = c s[n] + d x[n],   the same for all lanes.

    Attributes
    ----------
    a, b, c, d : array
        Shapes (J, J), (J, P), (Q, J), (Q, P) for J states, P products and Q sinks.
    states : tuple of (int, str)
        Node and name of each state.
    """

    a: ExtendedArray
    b: ExtendedArray
    c: ExtendedArray
    d: ExtendedArray
    states: tuple[tuple[int, str], ...]


def state_space(checked: CheckedGraph, chain: Chain, block_of: BlockOf) -> StateSpace | None:
    """Return the filters of a chain as matrices, or None where they differ from lane to lane."""
    steps = []
    for node in chain.filters:
        numbers = _same_for_all_lanes(checked, node, block_of(node))
        if numbers is None:
            return None
        steps.append((node, numbers))
    states = tuple(
        (node, port.name)
        for node in chain.filters
        for port in checked.flat.nodes[node].block.ports.state
    )
    count = len(states)
    columns = [
        _one_tick(checked, chain, steps, dict(zip(states, unit, strict=False)), unit[count:])
        for unit in np.eye(count + len(chain.products), dtype=Extended)
    ]
    matrix = np.array(columns, dtype=Extended).T
    a, b = matrix[:count, :count], matrix[:count, count:]
    return StateSpace(a, b, matrix[count:, :count], matrix[count:, count:], states)


def gain_of(checked: CheckedGraph, nodes: tuple[int, ...], block_of: BlockOf) -> FloatArray:
    """Return the factor of nodes that scale, (K,) or (1,): what their steps make of ones."""
    gain = np.ones(1)
    for index in nodes:
        block, columns = block_of(index), _coefficients(checked, index, block_of(index))
        lanes = max((column.size for column in columns), default=1)
        ones = np.ones((len(block.ports.inputs), lanes))
        wide = [*ones, *(np.broadcast_to(column, (lanes,)) for column in columns)]
        step = plain(block.step_function)
        by_lane = zip(*(column.tolist() for column in wide), strict=True)
        gain = gain * np.array([step(*numbers) for numbers in by_lane])
    return gain


def _same_for_all_lanes(checked: CheckedGraph, index: int, block: Block) -> Numbers | None:
    """The coefficients of a block, if all lanes have the same."""
    numbers: list[np.longdouble | int] = []
    for column in _coefficients(checked, index, block):
        if np.any(column != column[0]):
            return None
        whole = column.dtype == np.int64
        numbers.append(int(column[0]) if whole else Extended(column[0]))
    return tuple(numbers)


def _coefficients(checked: CheckedGraph, index: int, block: Block) -> list[npt.NDArray[np.generic]]:
    node, rate = checked.flat.nodes[index], checked.rate(index)
    given = zip(block.ports.coefficients, block.coefficients(rate), strict=True)
    return [spread(node, port, value, checked.port_width(index, port)) for port, value in given]


def _one_tick(
    checked: CheckedGraph,
    chain: Chain,
    steps: list[tuple[int, Numbers]],
    states: Mapping[tuple[int, str], np.longdouble],
    products: ExtendedArray,
) -> list[np.longdouble]:
    """New states, then what the sinks read, in a tick with these states and products."""
    wires = {
        Source(node, name): value
        for (node, name), value in states.items()
        if checked.flat.is_registered(Source(node, name))
    }
    wires.update({p.wire: x for p, x in zip(chain.products, products, strict=True)})
    after: list[np.longdouble] = []
    for index, numbers in steps:
        node = checked.flat.nodes[index]
        ports = node.block.ports
        inputs = [wires[source] for _, source in node.sources]
        kept = [states[index, port.name] for port in ports.state]
        result = plain(node.block.step_function)(*inputs, *kept, *numbers)
        results = list(result) if isinstance(result, tuple) else [result]
        made = [port.name for port in ports.outputs if port.name not in ports.registered]
        wires.update({Source(index, n): y for n, y in zip(made, results, strict=False)})
        after += results[len(made) :]
    return [*after, *(wires[sink.wire] for sink in chain.sinks)]
