"""Every law of check_block holds for good blocks and catches a broken one."""

import os
import re
from dataclasses import dataclass

import numba.extending
import numpy as np
import pytest

from hgedsp.bench import Bench
from hgedsp.block import Block, unit_delay
from hgedsp.blocks import (
    Decimate,
    Delay,
    Gain,
    GradientDescent,
    IntegrateAndDump,
    LowPass,
    Mixer,
    Oscillator,
    Sum,
)
from hgedsp.errors import ParameterError, SampleError, StepError
from hgedsp.ports import Ports
from hgedsp.promises import Average, Tones
from hgedsp.testing import LawError, _law_lanes, check_block

LAWS = (
    "random",
    "inputs",
    "reset",
    "chunks",
    "resume",
    "interpreter",
    "fastmath",
    "lanes",
    "linear",
    "promises",
    "response",
)
compiled_only = pytest.mark.skipif(
    os.environ.get("NUMBA_DISABLE_JIT", "0") != "0", reason="only machine code can break this law"
)


def block_class(**members):
    """A block class with these members, made for one test."""
    body = {"ports": Ports("x[K]", "y[K]"), "__annotations__": {}, **members}
    return dataclass(frozen=True, eq=False)(type("Broken", (Block,), body))


def breaks(block, law, what, mend):
    text = f"broken breaks the law of {law}: {what}\n  at   {block.node.place}\n  mend {mend}"
    return pytest.raises(LawError, match=f"^{text}$")


@pytest.mark.parametrize(
    ("block", "skipped"),
    [
        (LowPass(1e-3, order=3), {"promises": "its parts make the promises"}),
        (Gain(2.0), {"promises": "it makes no promises"}),
        (
            Delay(5),
            {
                "lanes": "a vector step or a sum may couple lanes",
                "promises": "it makes no promises",
            },
        ),
        (Decimate(3), {"response": "no response"}),
        (IntegrateAndDump(5, skip=2), {"linear": "it does not say that it is linear"}),
        (
            Mixer([2.0, 3.0]),
            {"linear": "it does not say that it is linear", "response": "no response"},
        ),
        (
            GradientDescent([0.1, 0.2], 0.0),
            {
                "linear": "it does not say that it is linear",
                "promises": "it makes no promises",
                "response": "no response",
            },
        ),
        (
            Oscillator([100.0, 123.0], [0.5, 0.0]),
            {
                "inputs": "no inputs",
                "lanes": "no input has lanes",
                "linear": "it does not say that it is linear",
                "response": "no response",
            },
        ),
        (
            Gain([2.0, 3.0]),
            {
                "promises": "it makes no promises",
                "response": "its lanes have parameters of their own",
            },
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Block) else "",
)
def test_good_blocks_keep_every_law_that_applies(block, skipped):
    expected = {law: f"skipped: {skipped[law]}" if law in skipped else "holds" for law in LAWS}
    assert check_block(block) == expected


def test_block_can_be_wired_after_the_check():
    block = Sum()
    check_block(block)
    assert block.node.inputs is None


def test_own_samples_set_width_and_length():
    x = np.random.default_rng(1).standard_normal((64, 5))
    bench = Bench(Gain(2.0), {"x": x}, 1e4, 512, 0, 1e-12)
    np.testing.assert_array_equal(bench.reference["y"], 2.0 * x)


def test_refuses_samples_for_no_input():
    text = "gain has no input z\n  mend give samples for its inputs: x"
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        check_block(Gain(2.0), inputs={"z": np.ones(9)})


def test_random_numbers_are_caught():
    def step(x):
        return x + np.random.normal()  # noqa: NPY002

    block = block_class(step=staticmethod(step))()
    mend = "keep the state of the generator in an int64 state, as WhiteNoise does"
    what = "step uses np.random, whose state no reset or checkpoint knows"
    with breaks(block, "random", what, mend):
        check_block(block)


def test_writing_to_an_input_is_caught():
    def step(x, y):
        y[0] = x[0]
        x[0] = 0.0

    ports = Ports("x[1]", "y[1]")
    block = block_class(step=staticmethod(step), vector=True, ports=ports)()
    mend = "write to outputs and state only; other blocks read the same input"
    with breaks(block, "inputs", "its step writes to its input x", mend):
        check_block(block)


def test_memory_that_no_reset_clears_is_caught():
    def step(x, y):
        y[0] += x[0]  # what was left there from the sample before

    ports = Ports("x[1]", "y[1]")
    block = block_class(step=staticmethod(step), vector=True, ports=ports)()
    mend = "keep all that the step remembers in state, and write every output before reading it"
    with breaks(block, "reset", r"output y at tick 0 is 9\.0, not 1\.0", mend):
        check_block(block, inputs={"x": np.ones(8)})


@compiled_only
def test_reading_over_the_edge_of_a_chunk_is_caught():
    def step(x, y):
        y[0] = x[x.size]  # the next sample, as long as there is one

    ports = Ports("x[1]", "y[1]")
    block = block_class(step=staticmethod(step), vector=True, ports=ports)()
    mend = "let the step use this sample and the state only; it must not read over an edge"
    with breaks(block, "chunks", r"output y at tick 0 is 1000000000000000.0, not 2\.0", mend):
        check_block(block, inputs={"x": np.arange(1.0, 99.0)})


def test_memory_that_no_checkpoint_holds_is_caught():
    def step(x, y, started):
        if started[0] == 0.0:
            y[0] = 0.0
            started[0] = 1.0
        y[0] += x[0]

    ports = Ports("x[1]", "y[1]", "started[1]")
    block = block_class(step=staticmethod(step), vector=True, ports=ports)()
    with breaks(block, "resume", ".*", "keep all that the step remembers in state"):
        check_block(block)


def two_faced(x):
    return x


@numba.extending.overload(two_faced)
def two_faced_compiled(x):
    return lambda x: x + 1.0


@compiled_only
def test_a_step_that_means_something_else_in_numba_is_caught():
    def step(x):
        return two_faced(x)

    block = block_class(step=staticmethod(step))()
    mend = (
        r"use what means the same in Python and in numba: math\.exp for np\.exp, x \* x for x\*\*2"
    )
    with breaks(block, "interpreter", r"output y at tick 0 is 2\.0, not 1\.0", mend):
        check_block(block, inputs={"x": np.ones(8)})


@compiled_only
def test_a_step_that_lives_on_rounding_is_caught():
    def step(x):
        return x * x - 0.49  # nothing but the rounding of the product, which a fused one lacks

    block = block_class(step=staticmethod(step))()
    mend = "avoid differences of nearly equal numbers, or give check_block a larger rtol"
    with breaks(block, "fastmath", "output y at tick 0 is .*, not .*", mend):
        check_block(block, inputs={"x": np.full(8, 0.7)})


def test_lanes_that_mix_are_caught(monkeypatch):
    # The ports of a lane step leave no way to write such a block, so the kernel is made to mix.
    honest = Bench.from_start

    def mixed(bench, inputs):
        return {name: np.cumsum(v, axis=1) for name, v in honest(bench, inputs).items()}

    def step(x):
        return x

    block = block_class(step=staticmethod(step))()
    bench = Bench(block, {}, 1e4, 16, 0, 1e-12)
    bench.reference = mixed(bench, bench.inputs)
    monkeypatch.setattr(Bench, "from_start", mixed)
    mend = re.escape("give every state one value per lane, as in state='y1[K]'")
    with breaks(block, "lanes", "output y at tick 0, lane 1 is .*, not .*", mend):
        _law_lanes(bench)


def test_a_state_shared_by_all_lanes_never_gets_that_far():
    def step(x, y1):
        return x + y1, x

    block = block_class(step=staticmethod(step), ports=Ports("x[K]", "y[K]", "y1"))()
    with pytest.raises(StepError, match="its port y1 has 1"):
        check_block(block)


def test_a_wrong_response_is_caught():
    def step(x, x1):
        return x + x1, x

    def response(self, frequency, rate):
        return 1.0 - unit_delay(frequency, rate)

    block = block_class(
        step=staticmethod(step), response=response, ports=Ports("x[K]", "y[K]", "x1[K]")
    )()
    mend = "write response from the same coefficients as the step; frequency is in Hz"
    what = r"at 0 Hz, lane 0, response is 0\+0j, but the DFT of the impulse response is 2\+0j"
    with breaks(block, "response", what, mend):
        check_block(block)


def test_a_right_response_of_a_decimating_block_holds():
    def step(x, position, total):
        total = x if position == 0 else total + x
        return total, total

    def response(self, frequency, rate):
        z1 = unit_delay(frequency, rate)
        return 1.0 + z1 + z1**2

    block = block_class(
        step=staticmethod(step),
        response=response,
        ports=Ports("x[K]", "y[K]", "total[K]"),
        decimation=3,
    )()
    assert check_block(block)["response"] == "holds"


def test_a_response_without_end_is_skipped():
    def step(x, y1, y2):
        y = x + 2.0 * y1 - y2  # a double integrator
        return y, y, y1

    def response(self, frequency, rate):
        return 1.0 / (1.0 - unit_delay(frequency, rate)) ** 2

    block = block_class(
        step=staticmethod(step), response=response, ports=Ports("x[K]", "y[K]", "y1[K], y2[K]")
    )()
    verdict = check_block(block, inputs={"x": np.ones((8, 1))})
    assert verdict["response"] == "skipped: it still rings after 1048576 samples"


def test_an_output_that_is_not_finite_stops_the_check():
    def step(x):
        return x / (x - x)

    block = block_class(step=staticmethod(step))()
    with np.errstate(all="ignore"), pytest.raises(SampleError, match=r"^broken\.y became"):
        check_block(block)


def test_a_wrong_claim_to_be_linear_is_caught():
    def step(x, y1):
        y = y1 + 0.5 * (x - y1) + 1.0
        return y, y

    ports = Ports("x[K]", "y[K]", "y1[K]")
    block = block_class(step=staticmethod(step), is_linear=True, ports=ports)()
    mend = "set is_linear = True only where inputs and states are scaled and added, nothing else"
    with breaks(block, "linear", r"output y at tick 0, lane 0 is .*, not .*", mend):
        check_block(block)


def test_a_wrong_claim_to_multiply_is_caught():
    def step(x1, x2):
        return x1 * x2 + x1

    ports = Ports("x1[K], x2[K]", "y[K]")
    block = block_class(step=staticmethod(step), multiplies=True, ports=ports)()
    mend = "set multiplies = True only where the output is the product of both inputs, scaled"
    with breaks(block, "promises", r"output y at tick 0, lane 0 is .*, not .*", mend):
        check_block(block)


def test_a_wrong_average_is_caught():
    def step(x, position, total):
        total = x if position == 0 else total + x
        return total / 2.0, total

    def as_average(self):
        return Average(np.array([0.5, 0.5]), {"total": (1.0, 0.0)})

    members = {"decimation": property(lambda self: 2), "as_average": as_average}
    ports = Ports("x[K]", "y[K]", "total[K]")
    block = block_class(step=staticmethod(step), ports=ports, **members)()
    mend = "let as_average return every state as it is after a window"
    with breaks(block, "promises", r"state total is \[.*\]", mend):
        check_block(block)


def test_a_wrong_tone_is_caught():
    def step(count):
        return 1.0 if count % 2 == 0 else -1.0, count + 1

    def as_tones(self, rate):
        one = np.array([1])
        return Tones(one, 4 * one, {"y": np.array([0.25])})

    ports = Ports("", "y[1]", "count: int64[1]")
    block = block_class(step=staticmethod(step), ports=ports, as_tones=as_tones)()
    mend = "let as_tones say the frequencies and phases that the step makes"
    with breaks(block, "promises", r"output y at tick 1 is -1\.0, not .*", mend):
        check_block(block)
