"""Blame: which block made the first value that is not finite."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from hgedsp.compile.program import Program, compile_checked
from hgedsp.errors import SampleError
from hgedsp.graph.flat import CheckedGraph, Source
from hgedsp.run.call import call

_SLICE = 4096


def find_blame(
    checked: CheckedGraph,
    state: dict[str, npt.NDArray[Any]],
    start: int,
    n: int,
    inputs: list[npt.NDArray[Any]],
    seen: str,
) -> SampleError:
    """Run a chunk again from its saved start with every wire recorded.

    Parameters
    ----------
    state : dict of str to array
        The arrays of the kernel at the start of the chunk; used up.
    start, n : int
        First sample and number of samples of the chunk.
    seen : str
        Output or state in which the trouble was seen.
    """
    wires = {
        f"{node.name}.{port.name}": Source(node.index, port.name)
        for node in checked.flat.nodes
        for port in node.block.ports.outputs
    }
    program = compile_checked(checked, wires, {})
    for first in range(0, n, _SLICE):
        count = min(_SLICE, n - first)
        cut = [array[first : first + count] for array in inputs]
        values = call(program, state, start + first, count, cut)
        found = _first_bad(program, values, start + first, count)
        if found is not None:
            name, sample, lane, value = found
            node = checked.flat.nodes[wires[name].node]
            where = f", lane {lane}" if checked.width(wires[name]) > 1 else ""
            return SampleError(
                f"{name} became {value} at sample {sample}{where}, and {seen} with it",
                where=(node.place,),
                mend=f"look at what {node.name} is fed there, lower the learning rate or amplitude "
                f"before it, or bound it with Clip; the state is as before this chunk",
            )
    return SampleError(
        f"{seen} is not finite", mend="compile with fastmath=False to find the block"
    )


def _first_bad(
    program: Program, values: dict[str, npt.NDArray[Any]], start: int, n: int
) -> tuple[str, int, int, float] | None:
    """The earliest bad value; among those of one sample, the first in the order of work.

    A registered output was made a tick ago, so it comes before all that is made in this one.
    """
    order = [t.node for g in program.plan.groups for t in g.tasks if not t.output]
    rank = {node: i for i, node in enumerate(order)}
    worst: list[tuple[int, int, str, int, float]] = []
    for name, array in values.items():
        bad = np.argwhere(~np.isfinite(array))
        if len(bad):
            row, lane = int(bad[0][0]), int(bad[0][1])
            source = program.plan.ends[name]
            registered = program.plan.checked.flat.is_registered(source)
            place = rank.get(source.node, -1) - len(order) * registered
            sample = program.plan.every[name].among(start, n)[row]
            worst.append((sample, place, name, lane, float(array[row, lane])))
    if not worst:
        return None
    sample, _, name, lane, value = min(worst)
    return name, sample, lane, value
