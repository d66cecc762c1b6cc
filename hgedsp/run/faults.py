"""Faults: what a recording holds that should not be, and where the first of it was made.

A step gives outputs of this tick and states for the next, so a state is bad from the tick that made
it on, though it is shown a tick later. Of all faults the one counts that was made first, and among
those of one tick the one whose step comes first in the order of work.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hgedsp.compile.schedule import inputs_of
from hgedsp.graph.flat import Source
from hgedsp.run.watched import Arrays, Recording, Watched


@dataclass(frozen=True)
class Fault:
    """A value that should not be.

    Attributes
    ----------
    source : Source
        Node and port; the port may be a state that no wire shows.
    lane : int
    value : float
    made : int
        Sample of the tick whose step made it.
    is_state : bool
        Whether it is a state after that step, and not an output of it.
    """

    source: Source
    lane: int
    value: float
    made: int
    is_state: bool


class Finder:
    """Looks for faults in what one graph computes.

    Parameters
    ----------
    nodes : frozenset of int, optional
        Where to look; everywhere if left out.
    """

    def __init__(self, watched: Watched, nodes: frozenset[int] | None = None) -> None:
        self._watched = watched
        self._checked = watched.checked
        self._nodes = nodes
        self._known: dict[Source, Fault] = {}
        groups = watched.program.plan.groups
        order = [task.node for group in groups for task in group.tasks if not task.output]
        self._rank = {node: place for place, node in reversed(list(enumerate(order)))}

    def at_start(self, arrays: Arrays, start: int) -> list[Fault]:
        """What is wrong with states before sample `start`."""
        return [Fault(s, lane, value, start - 1, True) for s, lane, value in self._states(arrays)]

    def forgive(self, faults: list[Fault]) -> None:
        """Take these values for intended, unless they turn out to be what a fault was made of."""
        self._known = {fault.source: fault for fault in faults}

    def cause(self, fault: Fault, recording: Recording) -> Fault:
        """Return what was forgiven and then made a fault, or the fault itself."""
        node = self._checked.flat.nodes[fault.source.node]
        for _, source in inputs_of(self._checked, node):
            if isinstance(source, Source) and source in self._known:
                lanes = recording.at(source, fault.made)
                if lanes is None or not np.isfinite(lanes).all():
                    return self._known[source]
        return fault

    def find(self, recording: Recording, after: Arrays) -> Fault | None:
        """Return the first fault of a recording; `after` are the states at its end."""
        outputs = list(self._outputs(recording))
        last = min([recording.end, *(fault.made + 1 for fault in outputs)])
        # A state that was bad for a while only does not tell of it later.
        last = min([last, *self._seen_in_states(recording)])
        if not self._states(after if last == recording.end else recording.replayed(last)):
            return min(outputs, key=self._order, default=None)
        first = recording.start
        while last - first > 1:
            middle = (first + last) // 2
            if self._states(recording.replayed(middle)):
                last = middle
            else:
                first = middle
        faults = outputs + self.at_start(recording.replayed(last), last)
        return min(faults, key=self._order)

    def _order(self, fault: Fault) -> tuple[int, int, bool]:
        return fault.made, self._rank[fault.source.node], fault.is_state

    def _outputs(self, recording: Recording) -> Iterator[Fault]:
        """The first fault of each output that is no state."""
        for source, tick, values in recording.shown():
            if self._looks_at(source) and not self._is_state(source) and not _is_finite(values):
                row, lane = (int(i) for i in np.argwhere(~np.isfinite(values))[0])
                sample = tick.among(recording.start, recording.n)[row]
                yield Fault(source, lane, float(values[row, lane]), sample, False)

    def _seen_in_states(self, recording: Recording) -> Iterator[int]:
        """For each state that a recorded wire shows to be bad, the first sample that shows it."""
        for source, tick, values in recording.shown():
            if self._looks_at(source) and self._is_state(source) and not _is_finite(values):
                rows = np.flatnonzero(self._bad(source, values).any(axis=1))
                samples = tick.among(recording.start, recording.n)
                yield from (samples[int(row)] for row in rows[:1])

    def _states(self, arrays: Arrays) -> list[tuple[Source, int, float]]:
        """States that are bad, each with its first bad lane."""
        found = []
        for source, values in self._watched.states(arrays):
            if self._looks_at(source) and self._is_state(source):
                lanes = np.flatnonzero(self._bad(source, values))
                found += [(source, int(k), float(values[k])) for k in lanes[:1]]
        return found

    def _bad(self, source: Source, values: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
        # A state may be infinite by intention, but not where a wire shows it.
        registered = self._checked.flat.nodes[source.node].block.ports.registered
        bad: npt.NDArray[np.bool_] = (
            ~np.isfinite(values) if source.port in registered else np.isnan(values)
        )
        return bad

    def _is_state(self, source: Source) -> bool:
        """Whether it shows what the step of the tick before has made; a hold shows its own."""
        block = self._checked.flat.nodes[source.node].block
        kept = {port.name for port in block.ports.state}
        return source.port in kept and block.interpolation == 1

    def _looks_at(self, source: Source) -> bool:
        wanted = self._nodes is None or source.node in self._nodes
        return wanted and source not in self._known


def _is_finite(values: npt.NDArray[Any]) -> bool:
    # A sum is as finite as its terms, unless they are so large that it overflows.
    with np.errstate(all="ignore"):
        return bool(np.isfinite(values.sum()) or np.isfinite(values).all())
