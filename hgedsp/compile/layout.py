"""Lay out: every state, coefficient and stored wire gets its place in six flat arrays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hgedsp.compile.schedule import Group, Plan, inputs_of, is_stored_by_hold
from hgedsp.errors import StepError
from hgedsp.graph.flat import CheckedGraph, FlatNode, Source
from hgedsp.ports import Port

# Array names in the kernel, by purpose and type of sample.
STATE = {"float64": "F", "int64": "I"}
COEFFICIENT = {"float64": "C", "int64": "J"}
WIRE = {"float64": "W", "int64": "V"}
ARRAYS = ("F", "I", "C", "J", "W", "V")
_NUMPY = {
    "F": np.float64,
    "C": np.float64,
    "W": np.float64,
    "I": np.int64,
    "J": np.int64,
    "V": np.int64,
}


_CACHE_LINE = 8  # numbers of 8 bytes


@dataclass(frozen=True)
class Slot:
    """A place in one of the flat arrays."""

    array: str
    offset: int
    size: int

    @property
    def end(self) -> int:
        """First place after the slot."""
        return self.offset + self.size

    def __repr__(self) -> str:
        return f"{self.array}[{self.offset}:{self.end}]"


@dataclass(frozen=True)
class Memory:
    """Places of everything, and the values at the start.

    Attributes
    ----------
    state, coefficient : dict of (node, name) to Slot
    wire : dict of Source to Slot
        Wires that are kept in memory from one loop to the next.
    names : tuple of str
        Per node, a name that can stand in Python text.
    initial : dict of str to array
        First contents of all six arrays.
    """

    state: dict[tuple[int, str], Slot]
    coefficient: dict[tuple[int, str], Slot]
    wire: dict[Source, Slot]
    names: tuple[str, ...]
    initial: dict[str, npt.NDArray[np.generic]]

    def __repr__(self) -> str:
        places = [
            (f"{self.names[n]}.{k}", s)
            for (n, k), s in (*self.state.items(), *self.coefficient.items())
        ]
        places += [
            (f"{self.names[source.node]}.{source.port}", s) for source, s in self.wire.items()
        ]
        return "\n".join(f"{name}: {slot!r}" for name, slot in places)


def lay_out(plan: Plan) -> Memory:
    """Give every state, coefficient and stored wire an offset, and fill in first values.

    The places of states depend on the graph alone, not on probes, so that a run can go on with
    other probes.
    """
    checked = plan.checked
    book = _Book()
    state: dict[tuple[int, str], Slot] = {}
    coefficient: dict[tuple[int, str], Slot] = {}
    for node in checked.flat.nodes:
        initial = node.block.initial(checked.rate(node.index))
        values = named_coefficients(checked, node)
        for port in node.block.ports.state:
            size = checked.port_width(node.index, port)
            slot = book.take(STATE[port.dtype], size)
            book.fill(slot, spread(node, port, initial.get(port.name, 0.0), size))
            state[node.index, port.name] = slot
        for port, value in values.items():
            size = checked.port_width(node.index, port)
            slot = book.take(COEFFICIENT[port.dtype], size)
            book.fill(slot, spread(node, port, value, size))
            coefficient[node.index, port.name] = slot
    wire = {
        source: book.take(WIRE[checked.port(source).dtype], checked.width(source))
        for source in _stored_wires(plan)
    }
    return Memory(state, coefficient, wire, _python_names(checked), book.arrays())


def named_coefficients(checked: CheckedGraph, node: FlatNode) -> dict[Port, object]:
    """Return the coefficients of a node by port."""
    values = node.block.coefficients(checked.rate(node.index))
    ports = node.block.ports.coefficients
    if len(values) != len(ports):
        raise StepError(
            f"{node.name} gives {len(values)} coefficients, but its ports name {len(ports)}",
            where=(node.place,),
            mend="return one value per name in ports.coefficients, in the same order",
        )
    return dict(zip(ports, values, strict=True))


def spread(node: FlatNode, port: Port, value: object, size: int) -> npt.NDArray[np.generic]:
    """Return `value` as an array of `size`; a single number fits any size."""
    array = np.asarray(value, dtype=np.dtype(port.dtype)).ravel()
    if array.size not in (1, size):
        raise StepError(
            f"{node.name} gives {array.size} values for {port.name}, but has {size} lanes of it",
            where=(node.place,),
            mend=f"give one value per lane ({size}), or one for all",
        )
    return np.broadcast_to(array, (size,))


def aligned(array: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    """Return a copy of a flat array that begins on a cache line."""
    room = np.zeros(array.size + _CACHE_LINE, dtype=array.dtype)
    first = -room.ctypes.data // array.itemsize % _CACHE_LINE
    copy = room[first : first + array.size]
    copy[:] = array
    return copy


class _Book:
    """Hands out places and keeps what is written there first."""

    def __init__(self) -> None:
        self._used = dict.fromkeys(ARRAYS, 0)
        self._filled: list[tuple[Slot, npt.NDArray[np.generic]]] = []

    def take(self, array: str, size: int) -> Slot:
        start = self._used[array]
        if size >= _CACHE_LINE:
            # Rows of weights that straddle cache lines cost a network a fifth of its speed.
            start += -start % _CACHE_LINE
        self._used[array] = start + size
        return Slot(array, start, size)

    def fill(self, slot: Slot, values: npt.NDArray[np.generic]) -> None:
        self._filled.append((slot, values))

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        made = {name: aligned(np.zeros(size, _NUMPY[name])) for name, size in self._used.items()}
        for slot, values in self._filled:
            made[slot.array][slot.offset : slot.end] = values
        return made


def _stored_wires(plan: Plan) -> Iterator[Source]:
    """Wires with lanes that leave their loop, and all that a vector step writes as arrays."""
    checked = plan.checked
    home = {
        task.node: number
        for number, group in enumerate(plan.groups)
        for task in group.tasks
        if not task.output
    }
    seen: dict[Source, None] = {}
    for number, group in enumerate(plan.groups):
        for task in group.tasks:
            if group.vector:
                ports = checked.flat.nodes[task.node].block.ports
                seen.update(
                    {
                        Source(task.node, port.name): None
                        for port in ports.outputs
                        if port.lanes and port.name not in ports.registered
                    }
                )
            for source in task.reads:
                if _crosses(plan, group, source, home, number):
                    seen[source] = None
    viewed = taken_as_arrays(plan)
    for source in plan.late:
        if checked.width(source) > 1 or source in viewed:
            seen[source] = None
    yield from seen


def _crosses(plan: Plan, group: Group, source: Source, home: dict[int, int], number: int) -> bool:
    checked = plan.checked
    block = checked.flat.nodes[source.node].block
    kept_elsewhere = (
        block.constant
        or block.external
        or checked.flat.is_registered(source)
        or is_stored_by_hold(checked, source)
    )
    if kept_elsewhere or home[source.node] == number:
        return False
    summed = block.reduces
    return (checked.width(source) > 1 and not summed) or (
        group.vector and source in _array_inputs(checked, group.tasks[0].node)
    )


def taken_as_arrays(plan: Plan) -> frozenset[Source]:
    """Return all wires that a vector step reads as arrays."""
    return frozenset(
        source
        for group in plan.groups
        if group.vector
        for source in _array_inputs(plan.checked, group.tasks[0].node)
    )


def _array_inputs(checked: CheckedGraph, node: int) -> Iterator[Source]:
    for port, source in inputs_of(checked, checked.flat.nodes[node]):
        if isinstance(source, Source) and port.lanes:
            yield source


def _python_names(checked: CheckedGraph) -> tuple[str, ...]:
    """Turn nested names into identifiers, each used once."""
    used: set[str] = set()
    names = []
    for node in checked.flat.nodes:
        # A double underscore is left to part the name of the block from that of the port.
        base = re.sub(r"[\W_]+", "_", node.name, flags=re.ASCII).strip("_")
        base = base if base[:1].isalpha() else f"b_{base}".strip("_")
        name, number = base, 1
        while name in used:
            number += 1
            name = f"{base}_{number}"
        used.add(name)
        names.append(name)
    return tuple(names)
