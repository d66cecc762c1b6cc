"""Every standard block keeps the laws of all blocks."""

import ast
import inspect
import math
import textwrap

import numpy as np
import pytest
from scipy import signal

import hgedsp.blocks as standard
from hgedsp.block import Block
from hgedsp.blocks import (
    Adam,
    Add,
    Amplifier,
    AnalogMultiplier,
    Bandwidth,
    Biquad,
    Clip,
    Concatenate,
    Constant,
    CorrelationLoss,
    CorrelationSigmoidLoss,
    DcBlock,
    Decimate,
    Delay,
    FisherLoss,
    FlickerNoise,
    FullNewton,
    FunctionDevice,
    Gain,
    GradientDescent,
    Hold,
    HoppingNetwork,
    Input,
    IntegrateAndDump,
    Integrator,
    LeadLag,
    LowPass,
    Margin,
    Matrix,
    Mixer,
    Momentum,
    MovingAverage,
    Multiply,
    Newton,
    NoiseFloor,
    OnePole,
    Oscillator,
    PhaseShift,
    PlateauSequence,
    PolynomialDevice,
    Quantiser,
    RcLowPass,
    Select,
    Significance,
    SosFilter,
    Split,
    SquaredError,
    SquaredErrorLoss,
    Subtract,
    Sum,
    SurrogateDevice,
    ToneGenerator,
    TransportDelay,
    WhiteNoise,
)
from hgedsp.testing import check_block

RATE = 1e4
GENERATOR = np.random.default_rng(1)


def diode(voltage):
    return math.exp(voltage[0]) - 1.0 + 0.5 * voltage[1]


# One line per block, or more for other ways to use it: a block, and samples for inputs that need
# others than normally distributed ones. A new block needs a line here.
EXAMPLES = [
    (Adam(0.01, [0.0, 1.0], lower=-1.0, frozen=[0, 1]), {}),
    (Add(), {}),
    (Amplifier(100.0, clip=1.0), {}),
    (AnalogMultiplier(1.0, 2.0, 0.1, 0.2, [-0.1, 0.3], 0.05), {}),
    (Bandwidth(1e3), {}),
    (Biquad(1.0, 0.2, 0.1, -0.5, 0.3), {}),
    (Clip(-1.0, 0.5), {}),
    (Concatenate(2), {}),
    (Concatenate(3), {}),
    (Constant([1.0, 2.0]), {}),
    (CorrelationLoss([0.0, 1.0, 1.0, 0.0]), {}),
    (CorrelationSigmoidLoss([0, 1, 1, 0], center=1.0, scale=0.5), {}),
    (DcBlock(1e-2), {}),
    (Decimate(4), {}),
    (Delay(5), {}),
    (FisherLoss([0, 1, 1, 0]), {}),
    (FlickerNoise(1e-9, seed=1), {}),
    (FullNewton(0.01, [0.0, 1.0], 0.1, memory=0.5, lower=-1.0, frozen=[0, 1]), {}),
    (FullNewton(0.5, np.zeros(3), 0.5, longest=0.1, upper=[1.0, 0.2, 9.0]), {}),
    (FunctionDevice(diode, 2), {}),
    (Gain(2.0), {}),
    (GradientDescent(0.1, [0.0, 1.0], lower=-1.0, upper=2.0), {}),
    (Hold(4), {}),
    (HoppingNetwork.random(1, 2), {"voltage": GENERATOR.uniform(-0.5, 0.5, (10, 7))}),
    (Input("samples", width=3), {}),
    (Input("counts", dtype="int64"), {}),
    (IntegrateAndDump(7), {}),
    (IntegrateAndDump(8, skip=3), {"x": GENERATOR.standard_normal((99, 2)), "gate": np.ones(99)}),
    (Integrator(10.0), {}),
    (Integrator(10.0, leak=50.0, initial_value=[1.0, 2.0], lower=-3.0, upper=3.0), {}),
    (LeadLag(200.0, 1e3), {}),
    (LowPass(1e-3, order=4), {}),
    (Margin([0.0, 1.0, 1.0, 0.0]), {}),
    (Matrix([[1.0, 0.0, -2.0], [0.0, 0.0, 0.5]]), {}),
    (Mixer([1.0, 2.0]), {}),
    (Momentum(0.01, [0.0, 1.0], lower=-1.0, frozen=[0, 1]), {}),
    (MovingAverage(7), {}),
    (Multiply(), {}),
    (Newton(0.1, [0.0, 1.0], 0.5, 0.1, 0.8, lower=-1.0, frozen=[0, 1]), {}),
    (NoiseFloor(2, 3, [1.0, 2.0]), {}),
    (OnePole(1e-3), {}),
    (Oscillator([100.0, 123.4], [0.0, 1.0]), {}),
    (PhaseShift([0.3, -2.0]), {}),
    (PlateauSequence([[0.0, 1.0], [1.0, 0.0]], 5, 2), {}),
    (PolynomialDevice([1.0, 2.0], [0.3, 0.1], 0.2, offset=1.0), {}),
    (Quantiser(8, -4.0, 4.0), {}),
    (RcLowPass(10e3, [100e-9, 150e-9]), {}),
    (RcLowPass(10e3, 100e-9), {}),
    (Select([2, 0, 0]), {"x": GENERATOR.standard_normal((99, 3))}),
    (Significance(), {}),
    (SosFilter(signal.butter(3, 500.0, fs=RATE, output="sos")), {}),
    (Split([2, 1, 3]), {}),
    (SquaredError(), {}),
    (SquaredErrorLoss([0.0, 1.0, 2.0]), {}),
    (Subtract(), {}),
    (Sum(), {}),
    (
        SurrogateDevice(
            [GENERATOR.standard_normal((4, 2)), GENERATOR.standard_normal((1, 4))],
            [GENERATOR.standard_normal(4), GENERATOR.standard_normal(1)],
        ),
        {},
    ),
    (ToneGenerator([100.0, 123.4], 0.1, [0.0, 1.0]), {}),
    (TransportDelay(5e-4, RATE), {}),
    (WhiteNoise(1e-9, seed=1), {}),
]


def block_classes():
    members = vars(standard).values()
    return {m for m in members if isinstance(m, type) and issubclass(m, Block)}


@pytest.mark.parametrize(("block", "inputs"), EXAMPLES, ids=lambda v: getattr(v, "label", ""))
def test_keeps_the_laws_of_all_blocks(block, inputs):
    check_block(block, inputs=inputs, rate=RATE)


def test_every_block_has_an_example():
    assert {type(block) for block, _ in EXAMPLES} == block_classes()


STEPS = [
    function
    for kind in vars(standard).values()
    for function in (getattr(kind, "step", None), getattr(kind, "refresh", None))
    if isinstance(kind, type) and inspect.isfunction(function)
]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__qualname__)
def test_no_step_takes_a_power(step):
    """Its last digit is another one in the interpreter: numba multiplies, NumPy calls pow."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(step)))
    assert not any(isinstance(node, ast.Pow) for node in ast.walk(tree))
