"""A stopwatch for programs: nanoseconds per sample, in turns, the least of several rounds.

A machine that is busy with something else only ever adds time, so the least is nearest the truth.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from hgedsp.compile.layout import ARRAYS
from hgedsp.compile.program import Program
from hgedsp.run.watched import Arrays, Inputs

_ROUNDS = 7
_ROUND_SECONDS = 2e-3  # what a program runs in a round
_SAMPLES = range(16, 8193)  # in one call
_NUMBERS = 1 << 15  # of all inputs and outputs of one call: what stays in the cache


class Timed:
    """A program with all it needs to be run again and again.

    Parameters
    ----------
    arrays : dict of str to array
        States and coefficients; the states move on.
    inputs : list of array
        Samples, repeated as often as need be.
    """

    def __init__(self, program: Program, arrays: Arrays, inputs: Inputs) -> None:
        plan, memory = program.plan, program.memory
        wide = sum(x.shape[1] for x in inputs) + sum(map(plan.checked.width, plan.ends.values()))
        samples = max(_SAMPLES.start, min(_SAMPLES.stop - 1, _NUMBERS // max(wide, 1)))
        ports = [n.block.ports.outputs[0] for n in plan.checked.flat.nodes if n.block.external]
        self._function = program.built.function
        wires = {name: memory.initial[name] for name in "WV"}
        self._arguments = [
            *({**arrays, **wires}[name] for name in ARRAYS),
            *(
                np.resize(x, (samples, x.shape[1])).astype(memory.dtype_of(port))
                for port, x in zip(ports, inputs, strict=True)
            ),
            # Where the first tick of a slow clock falls into a call, there is one row more.
            *(
                np.zeros(
                    (samples // plan.every[name].period + 1, plan.checked.width(source)),
                    memory.dtype_of(plan.checked.port(source)),
                )
                for name, source in plan.ends.items()
            ),
        ]
        self._start = 0
        self.seconds(1, _SAMPLES.start)
        spent = self.seconds(1, _SAMPLES.start) / _SAMPLES.start
        self.samples = max(_SAMPLES.start, min(samples, int(_ROUND_SECONDS / max(spent, 1e-12))))
        self.repeats = max(1, int(_ROUND_SECONDS / max(spent * self.samples, 1e-9)))

    def seconds(self, repeats: int, samples: int) -> float:
        """Return how long so many calls take."""
        began = time.perf_counter()
        for _ in range(repeats):
            self._function(samples, self._start, *self._arguments)
            self._start += samples
        return time.perf_counter() - began


def nanoseconds(programs: Sequence[Timed]) -> list[float]:
    """Return what a sample of each program takes, without what a call takes."""
    whole, call = [[float("inf")] * len(programs) for _ in range(2)]
    for _ in range(_ROUNDS):
        for i, timed in enumerate(programs):
            whole[i] = min(whole[i], timed.seconds(timed.repeats, timed.samples))
            call[i] = min(call[i], timed.seconds(timed.repeats, 0))
    return [
        1e9 * max(spent - calling, 0.0) / (timed.repeats * timed.samples)
        for timed, spent, calling in zip(programs, whole, call, strict=True)
    ]
