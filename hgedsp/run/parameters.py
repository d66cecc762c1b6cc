"""Parameters and states of a running graph, by nested name."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import Any

import numpy as np
import numpy.typing as npt

from hgedsp.block import Block
from hgedsp.compile.layout import (
    Memory,
    is_one_number,
    named_coefficients,
    read_slot,
    spread,
    write_slot,
)
from hgedsp.errors import HgedspError, ParameterError, PathError
from hgedsp.graph.flat import CheckedGraph, Family, FlatNode
from hgedsp.graph.flatten import expand

Arrays = dict[str, npt.NDArray[Any]]
Place = tuple[int, str]  # a coefficient: node and port


class Parameters(MutableMapping[str, Any]):
    """Parameters of all blocks as ``"scope/block.parameter"``, readable and settable.

    A change takes effect with the next sample that is processed. The new value is checked as at
    the making of the block; one that would change ports, lanes, clocks or the size of a state is
    refused, since the kernel was compiled for them.

    Examples
    --------
    >>> kernel.parameters["low_pass.time_constant"] = 1e-3  # doctest: +SKIP
    """

    def __init__(
        self,
        checked: CheckedGraph,
        memory: Memory,
        arrays: Arrays,
        changed: Callable[[str, Any], None],
        take_apart: Callable[[frozenset[Place]], Memory],
        tick: Callable[[int], int],
        changing: Callable[[], None],
    ) -> None:
        self._checked = checked
        self._memory = memory
        self._arrays = arrays
        self._changed = changed
        self._take_apart = take_apart
        self._tick = tick
        self._changing = changing
        flat = checked.flat
        self._nodes = {node.name: node for node in flat.nodes}
        self._families = {family.name: family for family in flat.families}
        self._blocks: dict[str, Block] = {
            **{name: node.block for name, node in self._nodes.items()},
            **{name: family.node.block for name, family in self._families.items()},
        }
        self._made = dict(self._blocks)

    def __getitem__(self, path: str) -> Any:
        name, field = self._split(path)
        return getattr(self._blocks[name], field)

    def __setitem__(self, path: str, value: Any) -> None:
        name, block, coefficients = self._renewed(path, value)
        self._changing()
        indices = dict.fromkeys(index for index, _, _ in coefficients)
        numbers = {index: self._coefficients_now(index) for index in indices}
        self._write(coefficients)
        before = dict(self._blocks)
        self._adopt(name, block)
        self._write_states_at_now(name, before)
        for index, old in numbers.items():
            self._carry_over(index, old)
        self._changed(path, value)

    def refuse(self, path: str, value: Any) -> None:
        """Raise what setting this value would raise, and change nothing."""
        self._renewed(path, value)

    def _renewed(
        self, path: str, value: Any
    ) -> tuple[str, Block, list[tuple[int, str, npt.NDArray[Any]]]]:
        """A block with another value, its name, and what it has for coefficients."""
        name, field = self._split(path)
        try:
            block = dataclasses.replace(self._blocks[name], **{field: value})
        except HgedspError as error:
            place = self._place(name)
            raise ParameterError(
                f"{path}: {error.what}", where=(place, *error.where), mend=error.mend
            ) from None
        return name, block, self._coefficients(name, block)

    def __delitem__(self, path: str) -> None:
        raise ParameterError(f"{path} cannot be removed", mend="set it to another value")

    def __iter__(self) -> Iterator[str]:
        for name, block in self._blocks.items():
            for field in block.parameter_names if block.settable else ():
                yield f"{name}.{field}"

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _write(self, coefficients: list[tuple[int, str, npt.NDArray[Any]]]) -> None:
        """Put coefficients in place, where a kernel that kept one for all lanes keeps several."""
        several = frozenset(
            (index, port)
            for index, port, values in coefficients
            if self._memory.coefficient[index, port].size < values.size
            and not is_one_number(values)
        )
        if several:
            self._memory = self._take_apart(several)
        for index, port, values in coefficients:
            slot = self._memory.coefficient[index, port]
            write_slot(self._arrays, slot, values[: slot.size])

    def _write_states_at_now(self, name: str, before: Mapping[str, Block]) -> None:
        """Give a block, or the parts of one, the states that follow from time and parameters.

        Of the parts only those whose parameters have changed: tones of another amplitude stay what
        they are.
        """
        if name in self._families:
            for part in filter(None, self._families[name].parts):
                if not _equal(self._blocks[part], before[part], before[part].parameter_names):
                    self._write_states_at_now(part, before)
            return
        node, block = self._nodes[name], self._blocks[name]
        rate, tick = self._checked.rate(node.index), self._tick(self._checked.divisor[node.index])
        ports = {port.name: port for port in block.ports.state}
        if not _equal(block, before[name], block.restarted_by):
            self._write_initial_states(node)
        for state, value in block.state_at(rate, tick).items():
            slot = self._memory.state[node.index, state]
            write_slot(self._arrays, slot, spread(node, ports[state], value, slot.size))

    def _coefficients_now(self, index: int) -> Arrays:
        ports = self._checked.flat.nodes[index].block.ports.coefficients
        slots = self._memory.coefficient
        return {port.name: read_slot(self._arrays, slots[index, port.name]) for port in ports}

    def _carry_over(self, index: int, before: Arrays) -> None:
        """Let states follow coefficients that have changed."""
        block, now = self.block_of(index), self._coefficients_now(index)
        slots = {port.name: self._memory.state[index, port.name] for port in block.ports.state}
        states = {name: read_slot(self._arrays, slot) for name, slot in slots.items()}
        for name, values in block.carried_over(states, before, now).items():
            write_slot(self._arrays, slots[name], values)

    # For the kernel -----------------------------------------------------------------------------

    def block_of(self, node: int) -> Block:
        """Return the block of a flat node, with the parameters of now."""
        return self._blocks[self._checked.flat.nodes[node].name]

    def move(self, memory: Memory) -> None:
        """Go on with other places in the same arrays."""
        self._memory = memory

    def write_initial_states(self) -> None:
        """Give every state the initial value that the parameters of now ask for."""
        for node in self._nodes.values():
            self._write_initial_states(node)

    def _write_initial_states(self, node: FlatNode) -> None:
        block = self._blocks[node.name]
        initial = block.initial(self._checked.rate(node.index))
        for port in block.ports.state:
            slot = self._memory.state[node.index, port.name]
            values = spread(node, port, initial.get(port.name, 0.0), slot.size)
            write_slot(self._arrays, slot, values)

    def changed_text(self) -> str:
        """Return the parameters that differ from those of the graph, as JSON text."""
        changed = {
            name: {
                field: value
                for field in block.parameter_names
                if not np.array_equal(
                    value := getattr(block, field), getattr(self._made[name], field)
                )
            }
            for name, block in self._blocks.items()
            if block is not self._made[name]
        }
        return json.dumps(changed, default=lambda value: value.tolist())

    def adopt_text(self, text: str) -> None:
        """Take over parameters written by `changed_text`; coefficients are restored elsewhere."""
        changed = json.loads(text)
        self._blocks = {
            name: dataclasses.replace(block, **changed[name]) if name in changed else block
            for name, block in self._made.items()
        }

    # Names --------------------------------------------------------------------------------------

    def _split(self, path: str) -> tuple[str, str]:
        name, _, field = path.rpartition(".")
        block = self._blocks.get(name)
        if block is None or not block.settable or field not in block.parameter_names:
            raise PathError(f"no parameter is named {path!r}", mend=_nearby(path, self))
        return name, field

    def _place(self, name: str) -> str:
        known = self._nodes.get(name) or self._families[name]
        return f"{name:<24} {known.node.location}"

    def _coefficients(self, name: str, block: Block) -> list[tuple[int, str, npt.NDArray[Any]]]:
        """New coefficients of a block and, for a compound, of all its parts; nothing is set."""
        if name in self._families:
            family = self._families[name]
            return [
                entry
                for part, new in self._parts(family, block)
                for entry in self._coefficients(part, new)
            ]
        node = self._nodes[name]
        self._refuse_other_shape(node, block)
        renewed = FlatNode(node.index, name, block.node, node.inputs)
        return [
            (
                node.index,
                port.name,
                spread(node, port, value, self._checked.port_width(node.index, port)),
            )
            for port, value in named_coefficients(self._checked, renewed).items()
        ]

    def _parts(self, family: Family, block: Block) -> list[tuple[str, Block]]:
        parts = expand(block, family.node).parts
        if len(parts) != len(family.parts):
            raise self._other_shape(family.name)
        return [(name, part.block) for name, part in zip(family.parts, parts, strict=True) if name]

    def _adopt(self, name: str, block: Block) -> None:
        self._blocks[name] = block
        if name in self._families:
            for part, new in self._parts(self._families[name], block):
                self._adopt(part, new)

    def _refuse_other_shape(self, node: FlatNode, block: Block) -> None:
        old = self._blocks[node.name]
        # The letters a single number leaves open may be fixed by the new value, to the same width.
        lanes = {**self._checked.lanes[node.index], **block.lanes()}
        same = (
            lanes == self._checked.lanes[node.index]
            and repr(block.ports) == repr(old.ports)
            and block.decimation == old.decimation
            and block.interpolation == old.interpolation
            and all(
                port.size({**lanes, **_whole(block)}) == port.size({**lanes, **_whole(old)})
                for port in block.ports
            )
            and _step(block) is _step(old)
        )
        if not same:
            raise self._other_shape(node.name)
        block.check_rate(self._checked.rate(node.index))
        block.check_lanes(lanes)

    def _other_shape(self, name: str) -> ParameterError:
        return ParameterError(
            f"the new value would give {name} another size, clock or step",
            where=(self._place(name),),
            mend="make a new graph with this value, and compile it",
        )


class States(Mapping[str, npt.NDArray[Any]]):
    """State variables of all blocks as ``"scope/block.state"``, as copies; settable by name."""

    def __init__(
        self,
        checked: CheckedGraph,
        memory: Memory,
        arrays: Arrays,
        now: Callable[[], Arrays],
        changing: Callable[[], None],
    ) -> None:
        self._checked = checked
        self._arrays = arrays
        self._now, self._changing = now, changing
        self.move(memory)

    def move(self, memory: Memory) -> None:
        """Go on with other places in the same arrays."""
        self._slots = {
            f"{self._checked.flat.nodes[node].name}.{name}": slot
            for (node, name), slot in memory.state.items()
        }

    def __getitem__(self, path: str) -> npt.NDArray[Any]:
        slot = self._slots[self._known(path)]
        return read_slot(self._now(), slot)

    def __setitem__(self, path: str, value: Any) -> None:
        slot = self._slots[self._known(path)]
        array = np.asarray(value, dtype=self._arrays[slot.array].dtype).ravel()
        if array.size not in (1, slot.size) or not np.all(np.isfinite(array)):
            raise ParameterError(
                f"{path} holds {slot.size} values, got {array.size}: {value!r}",
                mend=f"give {slot.size} finite numbers, or one for all",
            )
        self._changing()
        write_slot(self._arrays, slot, array)

    def __iter__(self) -> Iterator[str]:
        return iter(self._slots)

    def __len__(self) -> int:
        return len(self._slots)

    def _known(self, path: str) -> str:
        if path not in self._slots:
            raise PathError(f"no state is named {path!r}", mend=_nearby(path, self))
        return path


def _equal(block: Block, other: Block, fields: Iterable[str]) -> bool:
    return all(np.array_equal(getattr(block, f), getattr(other, f)) for f in fields)


def _step(block: Block) -> Callable[..., Any] | None:
    return None if block.constant or block.external else block.step_function


def _whole(block: Block) -> dict[str, int]:
    names = block.parameter_names
    return {
        name: value
        for name in names
        if isinstance(value := getattr(block, name), int) and not isinstance(value, bool)
    }


def _nearby(path: str, names: Mapping[str, Any]) -> str:
    tail = path.rpartition("/")[2]
    like = [n for n in names if n.rpartition("/")[2].split(".")[0] == tail.split(".")[0]]
    listing = ", ".join(like or list(names)) or "none"
    return f"{'its names are' if like else 'the names here are'} {listing}"
