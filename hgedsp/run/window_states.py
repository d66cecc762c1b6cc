"""States in the middle of a window: samples that wait for its end, and how to make up for them.

At a border between windows, the new states of filters and tones are not written to the arrays of
the kernel until somebody wants to see them there; and samples behind the border wait, until their
window is complete or somebody wants to see states in its middle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from hgedsp.checks import FloatArray
from hgedsp.compile.layout import Memory, aligned, read_slot, spread, write_slot
from hgedsp.run.call import call
from hgedsp.run.window_tables import Tables

if TYPE_CHECKING:
    from hgedsp.run.kernel import Kernel

Arrays = dict[str, npt.NDArray[Any]]
Inputs = list[npt.NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Border:
    """What the arrays of the kernel do not tell of a border between windows.

    Attributes
    ----------
    tones : frozenset of int
        Nodes whose states the time tells.
    tables : Tables
    states : list of array of shape (J, K)
        Per chain, the states of its filters.
    averages : list of array of shape (Q, K)
        Per chain, what its sinks gave last.
    """

    tones: frozenset[int]
    tables: Tables
    states: list[FloatArray]
    averages: list[FloatArray]


Held = tuple[list[Inputs], int, Border | None]

# What a tone may be off by and still be where the clock says.
_SAME_PHASE = 1e-9


class WindowStates:
    """The states of a kernel that works in windows.

    Attributes
    ----------
    count : int
        Samples since the last border that were not worked on yet.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._kept: list[Inputs] = []
        self.count = 0
        self._ahead: Border | None = None
        self._now: Arrays | None = None

    @property
    def border(self) -> int:
        """The sample up to which all is worked out."""
        return self._kernel.sample - self.count

    @property
    def memory(self) -> Memory:
        """Where each state is."""
        return self._kernel._program(self._kernel._probes).memory

    # Samples ------------------------------------------------------------------------------------

    def keep(self, inputs: Inputs, n: int) -> None:
        """Keep samples for later."""
        self._now = None
        if n:
            # Copies, for the caller may use the memory again.
            self._kept.append([array.copy() for array in inputs])
            self.count += n

    def take(self, inputs: Inputs) -> Inputs:
        """Return what was kept, and these samples behind it; nothing is kept any longer."""
        pieces, self._kept, self.count, self._now = [*self._kept, inputs], [], 0, None
        return inputs if len(pieces) == 1 else _joined(pieces)

    def held(self) -> Held:
        """Return all that changes in a chunk, for `take_back`."""
        return list(self._kept), self.count, self._ahead

    def take_back(self, held: Held) -> None:
        """Go back to what was held before a chunk."""
        self._kept, self.count, self._ahead = held
        self._now = None

    # States -------------------------------------------------------------------------------------

    def now(self) -> Arrays:
        """Return the arrays of the kernel as they are at this sample, for reading."""
        kernel = self._kernel
        if not (self.count or self._ahead):
            return kernel._arrays
        if self._now is None:
            moved = {name: aligned(kernel._arrays[name]) for name in "FI"}
            self._now = {**kernel._arrays, **moved}
            self._catch_up(self._now)
        return self._now

    def settle(self) -> None:
        """Bring the arrays of the kernel to this sample."""
        self._catch_up(self._kernel._arrays)
        self.drop()

    def drop(self) -> None:
        """Forget what was kept: the kernel goes elsewhere."""
        self.take_back(([], 0, None))

    def _catch_up(self, arrays: Arrays) -> None:
        kernel = self._kernel
        self._write_border(arrays, self.border)
        if self.count:
            program = kernel._program(kernel._probes)
            call(program, arrays, self.border, self.count, _joined(self._kept))

    # Borders ------------------------------------------------------------------------------------

    def states_of(self, tables: Tables, tick: int) -> list[FloatArray]:
        """Return the states of all chains at a border, at this sample, (J, K) each."""
        if self._ahead is not None and self._ahead.tables is tables:
            return self._ahead.states
        self.refresh(tick)
        arrays, places = self._kernel._arrays, self.memory.state
        return [
            np.array([read_slot(arrays, places[state]) for state in table.states])
            for table in tables.chains
        ]

    def leave(self, border: Border | None) -> Border | None:
        """Be at a new border, of which the arrays know nothing yet; return the one before."""
        before, self._ahead = self._ahead, border
        return before

    def refresh(self, tick: int) -> None:
        """Write what is known of the border at this sample to the arrays of the kernel."""
        self._write_border(self._kernel._arrays, tick)
        self._ahead = None

    def in_place(self, tones: frozenset[int]) -> bool:
        """Whether all tones are where the clock says; somebody may have set their states."""
        arrays = self._kernel._arrays
        known = self._ahead.tones if self._ahead else frozenset()
        return all(
            np.all(np.abs(read_slot(arrays, self.memory.state[node, name]) - values) < _SAME_PHASE)
            for node in tones - known
            for name, values in self._tone_states(node, self.border).items()
        )

    def _write_border(self, arrays: Arrays, tick: int) -> None:
        if self._ahead is None:
            return
        places = self.memory.state
        for node in self._ahead.tones:
            for name, tone in self._tone_states(node, tick).items():
                write_slot(arrays, places[node, name], tone)
        chains = zip(
            self._ahead.tables.chains, self._ahead.states, self._ahead.averages, strict=True
        )
        for table, states, averages in chains:
            for state, values in zip(table.states, states, strict=True):
                write_slot(arrays, places[state], values)
            for sink, said, last in zip(table.chain.sinks, table.averages, averages, strict=True):
                for name, (factor, offset) in said.states.items():
                    write_slot(arrays, places[sink.node, name], factor * last + offset)

    def _tone_states(self, index: int, tick: int) -> Arrays:
        checked = self._kernel.graph.checked
        node, block = checked.flat.nodes[index], self._kernel.parameters.block_of(index)
        ports = {port.name: port for port in block.ports.state}
        return {
            name: spread(node, ports[name], value, self.memory.state[index, name].size)
            for name, value in block.state_at(checked.rate(index), tick).items()
        }

    # Checkpoints --------------------------------------------------------------------------------

    def saved(self) -> Arrays:
        """Bring the arrays to the last border, and return what was kept since."""
        self.refresh(self.border)
        kept = _joined(self._kept) if self.count else []
        named = {f"kept {name}": x for name, x in zip(self._names(), kept, strict=False)}
        return {"kept": np.array(self.count), **named}

    def load(self, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take over what was saved; the kernel has the arrays already."""
        self.drop()
        self.count = int(state.get("kept", 0))
        self._kept = [[state[f"kept {name}"] for name in self._names()]] if self.count else []

    def _names(self) -> list[str]:
        return [node.name for node in self._kernel.graph.nodes if node.block.external]


def _joined(pieces: list[Inputs]) -> Inputs:
    return [np.concatenate(column) for column in zip(*pieces, strict=True)]
