"""The checked kernel: every wire finite at every tick, no state NaN, no index out of bounds.

It is called like any other kernel and computes the same bits. A chunk is worked through in slices,
short enough for all wires and states of one to be kept and looked at.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import numpy.typing as npt

from hgedsp.compile.layout import ARRAYS
from hgedsp.compile.program import Program
from hgedsp.compile.schedule import schedule
from hgedsp.errors import HgedspError, SampleError
from hgedsp.graph.flat import CheckedGraph, Source
from hgedsp.run.blame import blame
from hgedsp.run.bounds import bounds_error
from hgedsp.run.faults import Finder
from hgedsp.run.watched import Arrays, Inputs, Recording, Watched, copied, watch


def compile_with_checks(
    checked: CheckedGraph, ends: Mapping[str, Source], every: Mapping[str, int], **options: Any
) -> Program:
    """Compile a graph into a program whose kernel checks all that it computes.

    Parameters
    ----------
    options
        Those of `compile_checked`.
    """
    watched = watch(checked, ends, every, **options)
    program = watched.program
    text = dataclasses.replace(program.text, outputs=tuple(ends))
    built = dataclasses.replace(program.built, function=_Checks(watched))
    return Program(schedule(checked, ends, every), program.memory, text, built, program.seconds)


class _Checks:
    """The function of a checked kernel."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched

    def __call__(self, n: int, start: int, *given: npt.NDArray[Any]) -> None:
        arrays = dict(zip(ARRAYS, given, strict=False))
        watched = self._watched.with_wires({name: arrays[name] for name in "WV"})
        first_output = len(given) - len(watched.ends)
        inputs, outputs = given[len(ARRAYS) : first_output], given[first_output:]
        finder = Finder(watched)
        for old in finder.at_start(arrays, start):
            raise blame(watched, old, [])
        stored = [0] * len(outputs)
        for recordings in record(watched, arrays, start, n, list(inputs)):
            fault = finder.find(recordings[-1], arrays)
            if fault is not None:
                raise blame(watched, fault, recordings)
            for number, name in enumerate(watched.ends.values()):
                rows = recordings[-1].values[name]
                outputs[number][stored[number] : stored[number] + len(rows)] = rows
                stored[number] += len(rows)


def find_blame(
    checked: CheckedGraph,
    arrays: Arrays,
    start: int,
    n: int,
    inputs: Inputs,
    seen: str,
    **options: Any,
) -> HgedspError:
    """Run a chunk again from its saved start, and find what made an output or a state bad.

    Parameters
    ----------
    arrays : dict of str to array
        Those of the kernel at the start of the chunk; used up.
    start, n : int
        First sample and number of samples of the chunk.
    seen : str
        Output or state in which the trouble was seen, as ``"output y"``.
    options
        Those of `compile_checked` with which the kernel was made.

    Returns
    -------
    SampleError or StepError
    """
    watched = watch(checked, {}, {}, **options)
    finder = Finder(watched, _behind(checked, seen))
    finder.forgive(finder.at_start(arrays, start))
    for recordings in record(watched, arrays, start, n, inputs):
        fault = finder.find(recordings[-1], arrays)
        if fault is not None:
            return blame(watched, finder.cause(fault, recordings[-1]), recordings, seen)
    return SampleError(f"{seen} is not finite", mend="compile with windows=False to find the block")


def record(
    watched: Watched, arrays: Arrays, start: int, n: int, inputs: Inputs
) -> Iterator[list[Recording]]:
    """Run a chunk slice by slice; give the recording of each with that of the slice before.

    Raises
    ------
    StepError
        If a step reads or writes outside of an array.
    """
    recordings: list[Recording] = []
    length = watched.slice_length
    for first in range(0, n, length):
        count = min(length, n - first)
        cut = [array[first : first + count] for array in inputs]
        before = copied(arrays)
        try:
            recording = watched.record(arrays, start + first, count, cut)
        except IndexError as error:
            raise bounds_error(watched, before, start + first, count, cut) from error
        recordings = [*recordings[-1:], recording]
        yield recordings


def _behind(checked: CheckedGraph, seen: str) -> frozenset[int] | None:
    """The nodes that an output or a state depends on; None if the name is that of no node."""
    kind, _, name = seen.partition(" ")
    ends = checked.flat.outputs
    if kind == "output" and name in ends:
        first = ends[name].node
    else:
        block = name.rpartition(".")[0] or name
        named = [node.index for node in checked.flat.nodes if node.name == block]
        if not named:
            return None
        (first,) = named
    found, pending = {first}, [first]
    while pending:
        node = checked.flat.nodes[pending.pop()]
        more = {source.node for _, source in node.sources} - found
        found |= more
        pending += more
    return frozenset(found)
