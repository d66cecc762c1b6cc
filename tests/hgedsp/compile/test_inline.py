"""Steps that are put in line: no machine code of their own, and all that numba gives a function."""

from dataclasses import dataclass
from typing import ClassVar, final

import numba
import numpy as np
import pytest

from hgedsp.block import Block
from hgedsp.blocks import Clip, Input, LowPass
from hgedsp.compile.inline import StepLibrary
from hgedsp.compile.variants import compiled
from hgedsp.graph import Graph
from hgedsp.ports import Ports
from hgedsp.wire import as_wire

NO_JIT = bool(numba.config.DISABLE_JIT)


@final
@dataclass(frozen=True)
class Refusing(Block):
    """Twice the input, but no more than 2.5."""

    ports: ClassVar[Ports] = Ports(inputs="x", outputs="y")

    @staticmethod
    def step(x: float) -> float:
        if x > 2.5:
            raise ValueError("too large", x)
        if x > 1.5:
            print("large", x)
        return 2.0 * x


@pytest.mark.skipif(NO_JIT, reason="nothing is compiled")
def test_a_step_has_no_machine_code_of_its_own():
    double = compiled(lambda x: 2.0 * x)
    caller = numba.njit(lambda x: double(x) + 1.0)
    assert caller(3.0) == 7.0
    (overload,) = double.overloads.values()
    assert isinstance(overload.library, StepLibrary)
    engine = overload.library._codegen._engine
    names = [function.name for function in overload.library.get_defined_functions()]
    assert names
    assert not any(engine.is_symbol_defined(name) for name in names)


@pytest.mark.skipif(NO_JIT, reason="nothing is compiled")
def test_a_step_in_two_kernels_is_compiled_once():
    step = compiled(lambda x: x + 0.5)
    callers = [numba.njit(lambda x: 2.0 * step(x)), numba.njit(lambda x: step(x) - 1.0)]
    assert [caller(1.0) for caller in callers] == [3.0, 0.5]
    assert len(step.overloads) == 1


@pytest.mark.skipif(NO_JIT, reason="nothing is compiled")
def test_a_step_prints_and_raises_with_numbers(capsys):
    kernel = Graph(1e3, {"y": as_wire(Refusing()(Input("x")))}).compile()
    np.testing.assert_array_equal(kernel.process({"x": np.array([1.0, 2.0])})["y"], [2.0, 4.0])
    assert capsys.readouterr().out == "large 2.0\n"
    with pytest.raises(ValueError, match=r"^\('too large', 3\.0\)$"):
        kernel.process({"x": np.array([3.0])})


def test_helpers_of_helpers_are_in_line_too():
    wire = Clip(-1.0, 1.0)(LowPass(1e-3, 2)(Input("x")))
    kernel = Graph(1e3, {"y": as_wire(wire)}).compile()
    plain = Graph(1e3, {"y": as_wire(wire)}).compile(interpret=True)
    x = {"x": np.random.default_rng(1).standard_normal(100) * 3}
    np.testing.assert_allclose(kernel.process(x)["y"], plain.process(x)["y"], rtol=1e-12)
