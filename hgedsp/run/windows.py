"""Running in windows: samples wait until their window is complete, and are worked out at once.

Whoever wants to know or change a state, or a parameter, in the middle of a window gets the
ordinary kernel: it catches up over the samples that wait, and after a change it does the rest of
that window.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numba
import numpy as np

from hgedsp.checks import FloatArray
from hgedsp.compile.program import Program
from hgedsp.compile.windows import WindowPlan, plan_windows
from hgedsp.graph.flat import Source
from hgedsp.run.call import call
from hgedsp.run.window_states import Arrays, Border, Inputs, WindowStates
from hgedsp.run.window_tables import Tables, make_tables

if TYPE_CHECKING:
    from hgedsp.run.kernel import Kernel

_SETTINGS: Any = numba.config  # its names are made at run time

# Where numbers become larger than this, samples go one by one, so that what overflows
# is found where it does.
_LARGEST = 1e150

Probes = Mapping[str, int]
Key = tuple[tuple[str, int], ...]


class Windows:
    """The window side of a kernel.

    Parameters
    ----------
    kernel : Kernel
    wanted : bool
        Whether windows are wanted at all.

    Attributes
    ----------
    states : WindowStates
    is_sound : bool
        Whether the last chunk was worked out in windows alone, so that all of it is finite.
    """

    def __init__(self, kernel: Kernel, wanted: bool) -> None:
        self._kernel = kernel
        self._wanted = wanted
        self.is_sound = False
        self.states = WindowStates(kernel)
        self._plans: dict[Key, WindowPlan | str] = {}
        self._tables: dict[Key, Tables | None] = {}
        self._fronts: dict[Any, Program] = {}
        self._in_place: dict[Key, bool] = {}

    def plan(self, probes: Probes) -> WindowPlan | str:
        """Return the plan that is followed, or why samples go one by one."""
        kernel, key = self._kernel, _key(probes)
        if not self._wanted:
            return "windows are switched off"
        if kernel._options["interpret"] or not kernel._options["fastmath"] or _SETTINGS.DISABLE_JIT:
            return "what equals the interpreter bit for bit goes sample by sample"
        if key not in self._plans:
            self._plans[key] = plan_windows(kernel.graph.checked, kernel._ends(probes), probes)
        plan = self._plans[key]
        if isinstance(plan, str):
            return plan
        if key not in self._tables:
            self._tables[key] = make_tables(plan, kernel.parameters.block_of)
        if self._tables[key] is None:
            return "filters differ from lane to lane"
        if key not in self._in_place:
            self._in_place[key] = self.states.in_place(plan.tones)
        return plan if self._in_place[key] else "the states of tones are not those of the clock"

    # Samples ------------------------------------------------------------------------------------

    def advance(self, program: Program, probes: Probes, n: int, inputs: Inputs) -> Arrays:
        """Process a chunk, in windows where that can be done; outputs have shape (M, lanes)."""
        arrays, plan = self._kernel._arrays, self.plan(probes)
        tables = self._tables.get(_key(probes))
        self.is_sound = False
        if isinstance(plan, str) or tables is None:
            self.states.settle()
            return call(program, arrays, self._kernel.sample, n, inputs, self._kernel._room)
        start, waiting = self.states.border, self.states.count
        # The rest of a window that was begun sample by sample; then nothing waits.
        done = min(n, -start % plan.window)
        self.is_sound = not done and not plan.front
        parts = []
        if done:
            self.states.refresh(start)
            parts.append(call(program, arrays, start, done, _cut(inputs, 0, done)))
            start += done
        whole = (waiting + n - done) // plan.window * plan.window
        if whole:
            used = done + whole - waiting
            joined = self.states.take(_cut(inputs, done, used))
            parts += self._whole(program, plan, tables, start, whole, joined)
            done = used
        self.states.keep(_cut(inputs, done, n), n - done)
        return _join(program, parts)

    def _whole(
        self,
        program: Program,
        plan: WindowPlan,
        tables: Tables,
        start: int,
        n: int,
        inputs: Inputs,
    ) -> list[Arrays]:
        """Process whole windows; one in which numbers grow too large, sample by sample."""
        arrays = self._kernel._arrays
        # Only what is in front of the windows writes to the arrays.
        before = {name: arrays[name].copy() for name in "FI"} if plan.front else {}
        states = self.states.states_of(tables, start)
        border = self.states.leave(None)
        signals = self._signals(plan, start, n, inputs)
        outputs = self._at_once(plan, tables, start, states, signals)
        if outputs is not None:
            return [outputs]
        self.is_sound = False
        for name, array in before.items():
            arrays[name][:] = array
        self.states.leave(border)
        if n == plan.window:
            self.states.refresh(start)
            return [call(program, arrays, start, n, inputs)]
        parts = []
        for first in range(0, n, plan.window):
            cut = _cut(inputs, first, first + plan.window)
            parts += self._whole(program, plan, tables, start + first, plan.window, cut)
        return parts

    def _at_once(
        self,
        plan: WindowPlan,
        tables: Tables,
        start: int,
        states: list[FloatArray],
        signals: dict[Source, FloatArray],
    ) -> Arrays | None:
        """Process whole windows, or return None where numbers grow too large."""
        with np.errstate(all="ignore"):
            after, averages = tables.work(signals, start, states)
            if not all(_is_moderate(values) for values in (*after, *averages)):
                return None
        last = [average[-1].copy() for average in averages]
        self.states.leave(Border(plan.tones - plan.front, tables, after, last))
        outputs = {
            sink.node: average[:, q]
            for table, average in zip(tables.chains, averages, strict=True)
            for q, sink in enumerate(table.chain.sinks)
        }
        return {name: outputs[node] for name, node in plan.ends.items()}

    def _signals(
        self, plan: WindowPlan, start: int, n: int, inputs: Inputs
    ) -> dict[Source, FloatArray]:
        flat = plan.checked.flat
        outside = (node for node in flat.nodes if node.block.external)
        signals = {
            Source(node.index, node.block.ports.outputs[0].name): samples
            for node, samples in zip(outside, inputs, strict=True)
        }
        if plan.front:
            made = call(self._front(plan), self._kernel._arrays, start, n, inputs)
            signals.update({s: made[flat.label(s)] for s in plan.signals if s.node in plan.front})
        return {source: signals[source][:, 0] for source in plan.signals}

    def _front(self, plan: WindowPlan) -> Program:
        """Compile what makes the signals, sample by sample."""
        kernel = self._kernel
        key = plan.front, plan.signals, kernel._apart
        if key not in self._fronts:
            flat = plan.checked.flat
            ends = {flat.label(s): s for s in plan.signals if s.node in plan.front}
            self._fronts[key] = kernel._compile(
                plan.checked, ends, {}, only=plan.front, apart=kernel._apart, **kernel._options
            )
        return self._fronts[key]

    # For the kernel -----------------------------------------------------------------------------

    def changing(self) -> None:
        """Get ready for a state or a parameter that is about to be set."""
        self.states.settle()
        self._tables.clear()
        self._in_place.clear()

    def reset(self) -> None:
        """Forget what waits: the kernel goes elsewhere."""
        self.states.drop()
        self._in_place.clear()

    def load(self, state: Mapping[str, Any]) -> None:
        """Take over what was saved; the kernel has the arrays already."""
        self.states.load(state)
        self._tables.clear()
        self._in_place.clear()
        if isinstance(self.plan(self._kernel._probes), str):
            self.states.settle()


def _key(probes: Probes) -> Key:
    return tuple(sorted(probes.items()))


def _is_moderate(values: FloatArray) -> bool:
    """Whether all values are finite, and far from where they would not be."""
    # Not a sum of squares by BLAS: its threads wait for more to do, and take the core from us.
    return bool(values.min(initial=0.0) > -_LARGEST and values.max(initial=0.0) < _LARGEST)


def _cut(inputs: Inputs, start: int, stop: int) -> Inputs:
    return [array[start:stop] for array in inputs]


def _join(program: Program, parts: list[Arrays]) -> Arrays:
    if len(parts) == 1:
        return parts[0]
    plan = program.plan
    nothing = {n: np.zeros((0, plan.checked.width(s))) for n, s in plan.ends.items()}
    return {name: np.concatenate([p[name] for p in [nothing, *parts]]) for name in nothing}
