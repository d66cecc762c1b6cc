"""Lay out: every state, coefficient and stored wire gets its place in six flat arrays."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

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
WHOLE = frozenset("IJV")  # those of int64

_CACHE_LINE, _PAGE = 64, 4096  # bytes
_ORDER = "FCWIJV"

# Lanes side by side in memory and in a register: a cache line of float64.
TILE = 8
# Up to this many lanes a group lives in registers of its own; more are taken tile by tile.
IN_REGISTERS = 16


@dataclass(frozen=True)
class Slot:
    """A place in one of the flat arrays.

    Attributes
    ----------
    stride : int
        From one tile of 8 lanes to the next; 8 where the lanes are in one piece.
    """

    array: str
    offset: int
    size: int
    stride: int = TILE

    @property
    def end(self) -> int:
        """First place after the slot, if it is in one piece."""
        return self.offset + self.size

    @property
    def places(self) -> npt.NDArray[np.int64]:
        """The place of every lane."""
        lane = np.arange(self.size)
        return self.offset + lane // TILE * self.stride + lane % TILE

    @property
    def padding(self) -> npt.NDArray[np.int64]:
        """Places after the last lane that belong to the same register."""
        if self.size == 1:
            return np.arange(0)
        lane = np.arange(self.size, padded(self.size))
        return self.offset + lane // TILE * self.stride + lane % TILE

    def __repr__(self) -> str:
        tiles = f", tiles {self.stride} apart" if self.stride != TILE else ""
        return f"{self.array}[{self.offset}:{self.end}]{tiles}"


def register_width(lanes: int) -> int:
    """Return how many lanes a register has in a loop over so many lanes."""
    if lanes > IN_REGISTERS:
        return TILE
    return next(width for width in (4, TILE, IN_REGISTERS) if width >= lanes)


def register_shape(lanes: int) -> str:
    """Return the lanes of a register and of its parts, as arguments in the emitted text.

    A few lanes wait for each other from sample to sample, and sums of narrow parts are ready
    sooner; many lanes are taken as wide as they come.
    """
    return f"{register_width(lanes)}, {TILE if lanes > IN_REGISTERS else 4}"


def padded(lanes: int) -> int:
    """Return the lanes of whole registers that hold so many."""
    width = register_width(lanes)
    return -(-lanes // width) * width


def read_slot(arrays: Mapping[str, npt.NDArray[Any]], slot: Slot) -> npt.NDArray[Any]:
    """Return a copy of what a slot holds, one number per lane."""
    return arrays[slot.array][slot.places]


def write_slot(arrays: Mapping[str, npt.NDArray[Any]], slot: Slot, values: Any) -> None:
    """Put one number per lane, or one for all, to a slot.

    What is left of its last register gets a copy of the last lane, so that nothing goes on there
    that does not go on elsewhere, too.
    """
    wide = np.broadcast_to(values, (slot.size,))
    arrays[slot.array][slot.places] = wide
    arrays[slot.array][slot.padding] = wide[-1:]


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

    @cached_property
    def dtype(self) -> str:
        """Type of what is float64 in the ports."""
        return self.initial["F"].dtype.name

    def dtype_of(self, port: Port) -> str:
        """Return the type of a port in the kernel."""
        return self.dtype if port.dtype == "float64" else port.dtype

    def __repr__(self) -> str:
        places = [
            (f"{self.names[n]}.{k}", s)
            for (n, k), s in (*self.state.items(), *self.coefficient.items())
        ]
        places += [
            (f"{self.names[source.node]}.{source.port}", s) for source, s in self.wire.items()
        ]
        return "\n".join(f"{name}: {slot!r}" for name, slot in places)


def lay_out(
    plan: Plan, apart: frozenset[tuple[int, str]] = frozenset(), dtype: str = "float64"
) -> Memory:
    """Give every state, coefficient and stored wire an offset, and fill in first values.

    The places of states depend on the graph alone, not on probes, so that a run can go on with
    other probes. A coefficient that is the same for all lanes is kept once.

    Parameters
    ----------
    apart : frozenset of (node, name)
        Coefficients that are kept lane by lane all the same.
    dtype : {"float64", "float32"}
        Of what is float64 in the ports.
    """
    checked = plan.checked
    viewed = taken_as_arrays(plan)
    wanted: list[_Wanted] = []
    for node in checked.flat.nodes:
        initial = node.block.initial(checked.rate(node.index))
        values = named_coefficients(checked, node)
        for port in node.block.ports.state:
            size = checked.port_width(node.index, port)
            first = spread(node, port, initial.get(port.name, 0.0), size)
            whole = node.block.vector or Source(node.index, port.name) in viewed
            wanted.append(_Wanted(node, port, True, STATE[port.dtype], first, whole))
        for port, value in values.items():
            size = checked.port_width(node.index, port)
            given = spread(node, port, value, size)
            whole = node.block.vector or node.block.constant
            if not whole and (node.index, port.name) not in apart and is_one_number(given):
                given = given[:1]
            wanted.append(_Wanted(node, port, False, COEFFICIENT[port.dtype], given, whole))
    book = _Book(dtype)
    slots = _in_tiles(wanted, book)
    state: dict[tuple[int, str], Slot] = {}
    coefficient: dict[tuple[int, str], Slot] = {}
    for number, want in enumerate(wanted):
        slot = slots.get(number) or book.take(want.array, want.values.size)
        book.fill(slot, want.values)
        (state if want.is_state else coefficient)[want.node.index, want.port.name] = slot
    wire = {
        source: book.take(WIRE[checked.port(source).dtype], checked.width(source))
        for source in _stored_wires(plan)
    }
    return Memory(state, coefficient, wire, _python_names(checked), book.arrays())


def is_one_number(values: npt.NDArray[np.generic]) -> bool:
    """Whether all lanes hold the same bits."""
    return values.size > 0 and values.tobytes() == values[:1].tobytes() * values.size


@dataclass(frozen=True)
class _Wanted:
    """A state or coefficient that needs a place, and what is in it first."""

    node: FlatNode
    port: Port
    is_state: bool
    array: str
    values: npt.NDArray[np.generic]
    whole: bool  # in one piece, as an array for a step on arrays

    @property
    def is_rare(self) -> bool:
        return self.port.name in self.node.block.rare


def _in_tiles(wanted: list[_Wanted], book: _Book) -> dict[int, Slot]:
    """Lay the fields of 8 lanes side by side, tile after tile, where there are many lanes.

    Rows that lie a multiple of 4 KiB apart would fight for the same lines of the cache. What is
    seldom read has tiles of its own, so that it does not pass through the cache with the rest.
    """
    groups: dict[tuple[str, int, bool], list[int]] = {}
    for number, want in enumerate(wanted):
        if want.values.size > IN_REGISTERS and not want.whole:
            key = want.array, want.values.size, want.is_rare
            groups.setdefault(key, []).append(number)
    slots = {}
    for (array, lanes, _), members in groups.items():
        stride = TILE * len(members)
        first = book.take(array, -(-lanes // TILE) * stride).offset
        for place, number in enumerate(members):
            slots[number] = Slot(array, first + TILE * place, lanes, stride)
    return slots


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
    line = _CACHE_LINE // array.itemsize
    room = np.zeros(array.size + line, dtype=array.dtype)
    first = -room.ctypes.data // array.itemsize % line
    copy = room[first : first + array.size]
    copy[:] = array
    return copy


def side_by_side(arrays: Mapping[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
    """Return copies of flat arrays in one piece of memory, each from a cache line on.

    States and coefficients pass through the cache together. In pages that follow each other they
    cannot get into each other's way there, as those of separate arrays do at random: a processor
    may tell lines of equal place in different pages apart by a hash of their addresses.
    """
    sizes = {name: -(-array.nbytes // _CACHE_LINE) * _CACHE_LINE for name, array in arrays.items()}
    room = np.zeros(sum(sizes.values()) + _PAGE, dtype=np.uint8)
    first, made = -room.ctypes.data % _PAGE, {}
    # What is moved in every sample comes first.
    for name in sorted(arrays, key=lambda name: _ORDER.index(name)):
        array = arrays[name]
        made[name] = room[first : first + array.nbytes].view(array.dtype).reshape(array.shape)
        made[name][:] = array
        first += sizes[name]
    return made


class _Book:
    """Hands out places and keeps what is written there first."""

    def __init__(self, dtype: str) -> None:
        self._dtypes = {name: np.dtype("int64" if name in WHOLE else dtype) for name in ARRAYS}
        self._used = dict.fromkeys(ARRAYS, 0)
        self._filled: list[tuple[Slot, npt.NDArray[np.generic]]] = []

    def take(self, array: str, size: int) -> Slot:
        start = self._used[array]
        if size > 1:
            # Rows of weights that straddle cache lines cost a network a fifth of its speed.
            start += -start % (_CACHE_LINE // self._dtypes[array].itemsize)
        # Registers are read and written whole.
        self._used[array] = start + (padded(size) if size > 1 else size)
        return Slot(array, start, size)

    def fill(self, slot: Slot, values: npt.NDArray[np.generic]) -> None:
        self._filled.append((slot, values))

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        made = {
            name: aligned(np.zeros(size, self._dtypes[name])) for name, size in self._used.items()
        }
        for slot, values in self._filled:
            if slot.size:
                write_slot(made, slot, values)
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
        if not in_registers(checked, source) or source in viewed:
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
    if group.vector:
        return source in _array_inputs(checked, group.tasks[0].node)
    return not in_registers(checked, source) and not block.reduces


def in_registers(checked: CheckedGraph, source: Source) -> bool:
    """Whether what a lane step makes of a wire is in registers during a whole tick."""
    return (
        not checked.flat.nodes[source.node].block.vector and checked.width(source) <= IN_REGISTERS
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
