"""The attack finds what is wrong, and says how to see it again."""

from __future__ import annotations

import re
from typing import Any

import numba
import numpy as np
import pytest

from hgedsp.compile import interpret_step
from hgedsp.fuzz.attack import Disagreement, attack, plan
from hgedsp.fuzz.reduce import reduced
from hgedsp.run.kernel import Kernel

CLOCKS, SUM = 5, 56  # seeds of graphs with a slow clock, and with a sum over lanes

pytestmark = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="there is no machine code")


def test_a_kernel_that_means_something_else_is_found(monkeypatch: Any) -> None:
    monkeypatch.setattr(interpret_step.Step, "ticks", lambda step, t: t % step.divisor == 0)
    text = (
        f"^seed {CLOCKS}: the strict kernel and the interpreter differ: .* is .* and .*\n"
        f"  mend python -m hgedsp.fuzz --seed {CLOCKS}$"
    )
    with pytest.raises(Disagreement, match=text):
        attack(plan(CLOCKS), "strict")


@pytest.mark.parametrize("kernels", ["strict", "fast"])
def test_chunks_that_leave_a_trace_are_found(monkeypatch: Any, kernels: str) -> None:
    honest, calls = Kernel.process, []

    def process(kernel: Kernel, inputs: Any) -> Any:
        calls.append(kernel)
        outputs = honest(kernel, inputs)
        if calls.count(kernel) > 12:  # later than the run in a whole
            outputs = {name: np.nextafter(v, 2.0) for name, v in outputs.items()}
        return outputs

    monkeypatch.setattr(Kernel, "process", process)
    with pytest.raises(Disagreement, match=r"a run in pieces and one in a whole differ"):
        attack(plan(CLOCKS), kernels)


def test_a_faster_kernel_may_round_otherwise_but_not_be_wrong(monkeypatch: Any) -> None:
    honest = interpret_step._sum
    monkeypatch.setattr(interpret_step, "_sum", lambda terms: honest(terms) * (1 + 1e-15))
    attack(plan(SUM), "fast")
    monkeypatch.setattr(interpret_step, "_sum", lambda terms: honest(terms) * (1 + 1e-9))
    with pytest.raises(Disagreement, match=re.escape("the fast kernel and the interpreter")):
        attack(plan(SUM), "fast")


def test_a_smaller_graph_with_the_same_fault_is_found(monkeypatch: Any) -> None:
    monkeypatch.setattr(interpret_step.Step, "ticks", lambda step, t: t % step.divisor == 0)
    number = reduced(CLOCKS)
    assert number is not None
    small, whole = plan(CLOCKS, number).graph, plan(CLOCKS).graph
    assert len(small.nodes) < len(whole.nodes)
