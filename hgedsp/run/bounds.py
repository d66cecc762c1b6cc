"""Bounds: which step left an array, and with which index."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path

from hgedsp.compile.interpret_step import Step
from hgedsp.compile.program import compile_checked
from hgedsp.errors import StepError
from hgedsp.run.call import call
from hgedsp.run.watched import Arrays, Inputs, Watched, copied


def bounds_error(watched: Watched, before: Arrays, start: int, n: int, inputs: Inputs) -> StepError:
    """Find the sample and the step at which the samples from `start` on leave an array.

    Parameters
    ----------
    before : dict of str to array
        States and coefficients before sample `start`.
    """

    def replay(count: int) -> Arrays:
        arrays = copied(before)
        call(watched.program, arrays, start, count, [x[:count] for x in inputs])
        return arrays

    good = _last_good(replay, n)
    sample = start + good
    # Machine code tells neither index nor step, plain Python tells both.
    plain = compile_checked(watched.checked, {}, {}, **{**watched.options, "interpret": True})
    try:
        call(plain, replay(good), sample, 1, [x[good : good + 1] for x in inputs])
    except IndexError as error:
        return _told(watched, sample, error)
    vectors = [node.place for node in watched.checked.flat.nodes if node.block.vector]
    return StepError(
        f"a step reads or writes outside of an array at sample {sample}",
        where=vectors,
        mend=_MEND,
    )


_MEND = "keep every index from 0 to the size of the array less 1; the state is as before this chunk"


def _last_good(replay: Callable[[int], Arrays], n: int) -> int:
    """The number of samples after which all is well, but not after one more."""
    good, bad = 0, n
    while bad - good > 1:
        middle = (good + bad) // 2
        try:
            replay(middle)
            good = middle
        except IndexError:
            bad = middle
    return good


def _told(watched: Watched, sample: int, error: IndexError) -> StepError:
    frames = list(traceback.walk_tb(error.__traceback__))
    steps = [frame.f_locals.get("self") for frame, _ in frames]
    (step,) = {id(step): step for step in steps if isinstance(step, Step)}.values()
    node = watched.checked.flat.nodes[int((step.outputs or step.states)[0].key.partition(".")[0])]
    inside, line = frames[-1]
    code = inside.f_code
    return StepError(
        f"{node.name} reads or writes outside of an array at sample {sample}: {error}",
        where=(node.place, f"{code.co_name:<24} {Path(code.co_filename).name}:{line}"),
        mend=_MEND,
    )
