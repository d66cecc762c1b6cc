"""Blame: a fault told with the block, the line that made it, and the values around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hgedsp.compile.layout import read_slot
from hgedsp.compile.schedule import inputs_of
from hgedsp.errors import SampleError
from hgedsp.graph.flat import FlatNode, Source
from hgedsp.run.faults import Fault
from hgedsp.run.watched import Recording, Watched

_BEFORE = 3  # ticks before that of the fault which are shown
_MOST = 6  # lanes that are shown of a port whose lanes are not those of the fault
_LARGE = 1e100  # products of a few numbers below this one do not overflow


Lanes = npt.NDArray[Any]


def blame(
    watched: Watched, fault: Fault, recordings: Sequence[Recording], seen: str = ""
) -> SampleError:
    """Return the error that tells of a fault.

    Parameters
    ----------
    recordings : sequence of Recording
        Up to the fault, one after the other; none if it was there before the chunk.
    seen : str
        Output or state that became bad with it.
    """
    checked, source = watched.checked, fault.source
    node = checked.flat.nodes[source.node]
    registered = fault.is_state and source.port in node.block.ports.registered
    # What a step has made of a registered output is shown from the next sample on.
    sample = fault.made + registered
    name = f"{node.name}.{source.port}"
    kind = "state " if fault.is_state and not registered else ""
    lane = f", lane {fault.lane}" if _width(watched, fault) > 1 else ""
    also = f", and {seen} with it" if seen and seen != f"state {name}" else ""
    story = _Story(watched, fault, recordings)
    mend = (
        f"let the step of {node.name} return a finite number for these"
        if story.is_modest()
        else f"look at what {node.name} is fed there, lower the learning rate or amplitude before "
        f"it, or bound it with Clip"
    )
    error = SampleError(
        f"{kind}{name} became {fault.value} at sample {sample}{lane}{also}",
        where=(node.place,),
        shown=story.lines(),
        mend=f"{mend}; the state is as before this chunk",
    )
    error.block, error.port, error.lane = node.name, source.port, fault.lane
    error.sample, error.value = sample, fault.value
    return error


def _width(watched: Watched, fault: Fault) -> int:
    ports = watched.checked.flat.nodes[fault.source.node].block.ports
    both = (*ports.outputs, *ports.state)
    port = next(port for port in both if port.name == fault.source.port)
    return watched.checked.port_width(fault.source.node, port)


@dataclass(frozen=True)
class _Story:
    """What the block was given and made in the ticks up to the fault."""

    watched: Watched
    fault: Fault
    recordings: Sequence[Recording]

    @property
    def node(self) -> FlatNode:
        return self.watched.checked.flat.nodes[self.fault.source.node]

    def lines(self) -> list[str]:
        """A table with one row per tick, and the states before the last one."""
        ticks = self.ticks()
        if not ticks:
            return []
        columns = [["sample", *(str(tick) for tick in ticks)], *self.columns(ticks)]
        widths = [max(map(len, column)) for column in columns]
        rows = ["  ".join(map(str.rjust, row, widths)) for row in zip(*columns, strict=True)]
        lines = [f"{'seen' if row is rows[0] else '':<4} {row}" for row in rows]
        states = [
            f"{_title(name, lane, values)} = {_number(values[lane])}"
            for name, values in self.states(ticks[-1])
            for lane in self.lanes(values)
        ]
        return [*lines, f"from {', '.join(states)}"] if states else lines

    def ticks(self) -> range:
        """The last ticks of the block up to the fault, as far as they are recorded."""
        step, made = self.watched.checked.divisor[self.node.index], self.fault.made
        first = self.recordings[0].start if self.recordings else made + 1
        return range(made - min(_BEFORE, (made - first) // step) * step, made + 1, step)

    def is_modest(self) -> bool:
        """Whether all that the step was given is known, and far from overflow."""
        ticks = self.ticks()
        if not ticks:
            return False
        given = [value for _, values in self.inputs(ticks[-1:]) for value in values]
        given += [values for _, values in self.states(ticks[-1])]
        # In 64 bits, for float32 knows no number as large as the limit.
        wide = [np.asarray(value, np.float64) for value in given if value is not None]
        return all(bool(np.all(np.abs(value) < _LARGE)) for value in wide)

    def columns(self, ticks: range) -> Iterator[list[str]]:
        """Inputs, outputs, and the state that became bad or is an output, after each step."""
        for name, values in (*self.inputs(ticks), *self.made(ticks)):
            known = [value for value in values if value is not None]
            for lane in self.lanes(known[-1]) if known else []:
                title = _title(name, lane, known[-1])
                yield [title, *("" if value is None else _number(value[lane]) for value in values)]

    def inputs(self, ticks: range) -> Iterator[tuple[str, list[Lanes | None]]]:
        for port, wire in inputs_of(self.watched.checked, self.node):
            if isinstance(wire, Source):
                yield port.name, [self.recording(tick).at(wire, tick) for tick in ticks]

    def made(self, ticks: range) -> Iterator[tuple[str, list[Lanes | None]]]:
        block, index = self.node.block, self.node.index
        states = {port.name for port in block.ports.state}
        after = [self.recording(tick).replayed(tick + 1) for tick in ticks]
        # A state that became bad without being an output is shown, too.
        for name in dict.fromkeys([*(p.name for p in block.ports.outputs), self.fault.source.port]):
            if name in states:
                slot = self.watched.program.memory.state[index, name]
                yield f"new {name}", [read_slot(arrays, slot) for arrays in after]
            else:
                source = Source(index, name)
                yield name, [self.recording(tick).at(source, tick) for tick in ticks]

    def states(self, tick: int) -> Iterator[tuple[str, Lanes]]:
        """The states that the step of a tick was given."""
        arrays = self.recording(tick).replayed(tick)
        for port in self.node.block.ports.state:
            slot = self.watched.program.memory.state[self.node.index, port.name]
            yield port.name, read_slot(arrays, slot)

    def recording(self, sample: int) -> Recording:
        return next(r for r in self.recordings if r.start <= sample < r.end)

    def lanes(self, values: Lanes) -> list[int]:
        """The lane of the fault; of other lanes those with the largest values."""
        if values.size == 1:
            return [0]
        mapped = not (self.node.block.vector or self.node.block.reduces)
        if mapped or values.size == _width(self.watched, self.fault):
            return [self.fault.lane]
        size = np.where(np.isfinite(values), np.abs(values), np.inf)
        return sorted(int(lane) for lane in np.argsort(-size, kind="stable")[:_MOST])


def _title(name: str, lane: int, values: Lanes) -> str:
    return name if values.size == 1 else f"{name}[{lane}]"


def _number(value: Any) -> str:
    return f"{value:d}" if isinstance(value, np.integer) else f"{value:.6g}"
