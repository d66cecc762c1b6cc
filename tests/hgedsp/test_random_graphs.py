"""Random graphs: kernels equal the interpreter, and neither chunks nor probes leave a trace.

`make fuzz` does the same with 10,000 graphs.
"""

from __future__ import annotations

import numba
import pytest

from hgedsp.fuzz.attack import attack, plan

BATCHES, BATCH = 12, 25


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="there is no machine code")
@pytest.mark.parametrize("batch", range(BATCHES))
def test_kernels_equal_the_interpreter(batch: int) -> None:
    """300 graphs in batches, so that two processes can share them.

    Always the same ones, whose machine code the cache then holds.
    """
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        attack(plan(seed), kernels_of(seed))


def kernels_of(seed: int) -> str:
    """Compile all kernels of some graphs, and one of the others: that takes the time."""
    if seed % 12 == 0:
        return "all"
    return "fast" if seed % 2 else "strict"
