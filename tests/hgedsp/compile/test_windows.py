"""What can be worked out in windows is told apart, block by block, from what cannot."""

import pytest

from hgedsp.blocks import (
    Clip,
    DcBlock,
    Decimate,
    Delay,
    Gain,
    Hold,
    Input,
    IntegrateAndDump,
    LowPass,
    Mixer,
    PolynomialDevice,
    SquaredError,
    Sum,
    ToneGenerator,
)
from hgedsp.compile.windows import plan_windows
from hgedsp.graph import Graph
from hgedsp.graphs.lock_in import lock_in
from hgedsp.wire import Wire

RATE = 1e6
TONES = [1000.0, 1503.7]


def planned(graph, **probes):
    ends = {**graph.checked.flat.outputs, **{name: graph.find(name) for name in probes}}
    return plan_windows(graph.checked, ends, probes)


def of(outputs):
    return planned(Graph(RATE, outputs))


def product(signal: Wire | Input, **mixer):
    return Mixer(**mixer)(signal, ToneGenerator(TONES, 0.1, name="tones").in_phase)


def test_lock_in_with_windows():
    assert repr(planned(lock_in(TONES, RATE, window=1000))) == (
        "windows of 1000 samples\n"
        "x2: signal.x * tone_generator/oscillator.in_phase -> in_phase\n"
        "x2: signal.x * tone_generator/oscillator.quadrature -> quadrature\n"
        "-> in_phase = in_phase\n"
        "-> quadrature = quadrature"
    )


def test_lock_in_with_a_low_pass():
    graph = lock_in(TONES, RATE, time_constant=1e-3, order=2, rate=1e3)
    assert repr(planned(graph)) == (
        "windows of 1000 samples\n"
        "x2: signal.x * tone_generator/oscillator.in_phase"
        " -> in_phase_low_pass/pole_1, in_phase_low_pass/pole_2 -> in_phase\n"
        "x2: signal.x * tone_generator/oscillator.quadrature"
        " -> quadrature_low_pass/pole_1, quadrature_low_pass/pole_2 -> quadrature\n"
        "-> in_phase = in_phase\n"
        "-> quadrature = quadrature"
    )


def test_what_makes_the_signal_goes_sample_by_sample():
    x, target = Input("x"), Input("target")
    loss = SquaredError(name="loss")(DcBlock(1e-2)(x), target)
    mixed = product(loss, name="mixer")
    plan = of({"g": IntegrateAndDump(500)(mixed), "l": IntegrateAndDump(500, name="mean")(loss)})
    assert repr(plan) == (
        "windows of 500 samples\n"
        "sample by sample: loss, dc_block/mean, dc_block/subtract\n"
        "x2: loss.loss * tones/oscillator.in_phase -> integrate_and_dump\n"
        "x1: loss.loss -> mean\n"
        "-> g = integrate_and_dump\n"
        "-> l = mean"
    )


def test_a_simulated_device_goes_sample_by_sample():
    tones = ToneGenerator(TONES, 0.1, name="tones")
    current = PolynomialDevice([1.0, 2.0], [0.3, 0.1], 0.2, name="device")(tones.perturbation)
    plan = of({"g": IntegrateAndDump(500)(Mixer()(current, tones.in_phase))})
    assert repr(plan).splitlines()[-2:] == [
        "x2: device/add_3.y * tones/oscillator.in_phase -> integrate_and_dump",
        "-> g = integrate_and_dump",
    ]


def test_gains_belong_to_products_and_to_outputs():
    x, tones = Input("x"), ToneGenerator(TONES, 0.1, name="tones")
    scaled = [2.0, 3.0] * (x * tones.perturbation)
    plan = of({"y": Decimate(500)(5.0 * LowPass(1e-3)(scaled))})
    (chain,) = plan.chains
    nodes = plan.checked.flat.nodes
    names = [nodes[gain].name for gain in chain.products[0].gains]
    assert names == ["tones/amplitude", "multiply", "gain"]
    assert [nodes[gain].name for gain in chain.sinks[0].gains] == ["gain_2", "low_pass/gain"]
    assert [nodes[index].name for index in chain.filters] == ["low_pass/pole_1"]


def test_products_that_are_added_share_a_chain():
    x, tones = Input("x"), ToneGenerator(TONES, 0.1, name="tones")
    both = Mixer(name="i")(x, tones.in_phase) + Mixer(name="q")(x, tones.quadrature)
    plan = of({"y": Decimate(500)(Delay(name="late")(LowPass(1e-3)(both)))})
    assert repr(plan).splitlines()[1] == (
        "x2: x.x * tones/oscillator.in_phase, x.x * tones/oscillator.quadrature"
        " -> add, low_pass/pole_1, low_pass/gain, late -> decimate"
    )


def fast():
    return {"y": LowPass(1e-3)(product(Input("x")))}


def clipped():
    return {"y": Decimate(500)(Clip(-1.0, 1.0, name="clip")(product(Input("x"), name="mixer")))}


def wide():
    x = Input("x", width=2)
    return {"y": IntegrateAndDump(500)(product(x, name="mixer"))}


def two_lengths():
    mixed = product(Input("x"))
    return {"a": IntegrateAndDump(500)(mixed), "b": IntegrateAndDump(1000)(mixed)}


def short():
    return {"y": IntegrateAndDump(100)(product(Input("x")))}


def fed_back():
    x = Input("x")
    slow = Decimate(500, name="slow")
    error = x - Hold(500)(Delay()(slow.y))
    slow(Sum()(LowPass(1e-3)(product(error))))
    return {"y": slow.y}


def summed():
    return {"y": Decimate(500)(Sum(name="sum")(product(Input("x"), name="mixer")))}


def behind():
    return {"y": 2.0 * IntegrateAndDump(500)(product(Input("x")))}


def gated():
    x, gate = Input("x"), Input("gate")
    return {"y": IntegrateAndDump(500)(product(x), gate)}


def several_lanes():
    both = LowPass(1e-3)(product(Input("x"))) + LowPass(1e-3, name="plain")(Input("z"))
    return {"y": Decimate(500, name="y")(both)}


@pytest.mark.parametrize(
    ("outputs", "reason"),
    [
        (fast, "y is not the average of a window, or its last sample"),
        (clipped, "clip.y has 2 lanes, and is no signal times a tone"),
        (wide, "mixer.product has 2 lanes, and is no signal times a tone"),
        (two_lengths, "windows have several lengths: 500, 1000"),
        (short, "windows have 100 samples, not 256 to 1048576"),
        (fed_back, "y is not the average of a window, or its last sample"),
        (behind, "y is not the average of a window, or its last sample"),
        (gated, "y is not the average of a window, or its last sample"),
        (several_lanes, "what comes before y has several numbers of lanes"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_refuses_with_a_reason(outputs, reason):
    assert of(outputs()) == reason


def test_a_sum_over_lanes_is_a_signal():
    plan = of(summed())
    assert repr(plan).splitlines()[-2:] == ["x1: sum.y -> decimate", "-> y = decimate"]


def test_refuses_a_loop_through_the_windows():
    x = Input("x")
    gradient = IntegrateAndDump(500, name="gradient")
    held = Hold(500, name="held")(gradient.y)
    gradient(product(Delay()(x - Gain(0.1)(Sum()(held)))))
    assert of({"y": gradient.y}) == "y is not the average of a window, or its last sample"


@pytest.mark.parametrize(
    ("probes", "reason"),
    [
        ({"in_phase_mixer.product": 1}, "in_phase_mixer.product is not the average of a window"),
        ({"in_phase.y": 3}, "in_phase.y is wanted only once in several windows"),
    ],
)
def test_refuses_probes_between_the_windows(probes, reason):
    graph = lock_in(TONES, RATE, window=1000)
    assert planned(graph, **probes).startswith(reason)


def test_takes_probes_once_per_window():
    graph = lock_in(TONES, RATE, window=1000)
    assert repr(planned(graph, **{"in_phase.y": 1})).endswith("-> in_phase.y = in_phase")
