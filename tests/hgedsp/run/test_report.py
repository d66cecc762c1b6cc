"""The report: what it tells, and that nothing is changed by asking."""

from __future__ import annotations

import json
import time

import numba
import numpy as np
import pytest

import hgedsp as hg
from hgedsp.errors import ParameterError
from hgedsp.run.report import BlockReport, Report

needs_machine_code = pytest.mark.skipif(
    bool(numba.config.DISABLE_JIT), reason="the interpreter has no kernel to be measured"
)


def closed_loop(lanes: int = 7) -> hg.Graph:
    linear = np.linspace(0.2, 0.5, lanes)
    tone = hg.ToneGenerator(np.linspace(20e3, 60e3, lanes), 0.01)
    updater = hg.GradientDescent(1e-5, np.zeros(lanes), -1.0, 1.0)
    device = hg.PolynomialDevice(linear, 0.3 * linear, 0.1 * linear)
    current = hg.Delay(4)(device(updater.parameters + tone.perturbation))
    loss = hg.SquaredError()(current, hg.Input("target"))
    updater(hg.LowPass(1e-3, 2)(hg.Mixer(200.0)(loss, tone.in_phase)))
    mean = hg.IntegrateAndDump(10)(loss)
    return hg.Graph(1e6, {"loss": loss, "slow": hg.OnePole(1e-3)(mean)}, name="loop")


def test_blocks_stand_in_the_order_of_the_kernel_with_clock_and_lanes() -> None:
    kernel = closed_loop().compile()
    report = kernel.report(measure=False)
    blocks = {block.name: block for block in report.blocks}
    (mixer,) = [node for node in kernel.graph.nodes if node.name == "mixer"]
    assert blocks["mixer"] == BlockReport("mixer", "Mixer", str(mixer.node.location), 1, 7)
    assert (blocks["one_pole"].every, blocks["one_pole"].lanes) == (10, 1)
    assert "target" not in blocks
    source = kernel.source
    places = [source.index(f"# {block.name} (") for block in report.blocks]
    assert places == sorted(places)


def test_loops_memory_and_stages_are_told() -> None:
    report = closed_loop().compile().report(measure=False)
    (loop,) = report.loops
    assert loop.samples == 5
    assert loop.wires[0] == "gradient_descent.parameters"
    assert report.memory_bytes["states"] > 0
    assert list(report.compile_seconds)[:5] == ["flatten", "check", "schedule", "lay out", "emit"]
    assert all(seconds >= 0 for seconds in report.compile_seconds.values())
    assert (report.samples_per_second, report.margin) == (None, None)
    assert report.windows.startswith("none: ")


@needs_machine_code
def test_times_add_up_and_the_kernel_is_left_as_it_was() -> None:
    kernel, other = closed_loop().compile(), closed_loop().compile()
    target = {"target": np.ones(1000)}
    kernel.process(target)
    other.process(target)
    began = time.perf_counter()
    report = kernel.report()
    assert time.perf_counter() - began < 60  # 20 s on a machine that has nothing else to do
    assert kernel.sample == 1000
    got, wanted = kernel.process(target), other.process(target)
    for name in wanted:
        np.testing.assert_array_equal(got[name], wanted[name], name)
    assert report.samples_per_second is not None
    assert report.margin == report.samples_per_second / 1e6
    placed = [block.in_place_ns for block in report.blocks]
    assert all(ns is not None and ns >= 0 for ns in placed)
    assert all(block.alone_ns is not None for block in report.blocks)
    # All blocks together are the kernel; process adds checks and room for outputs.
    whole = 1e9 / report.samples_per_second
    assert 0.2 * whole < sum(ns for ns in placed if ns is not None) < 2.0 * whole


def test_the_interpreter_is_measured_block_by_block_alone() -> None:
    x = hg.Input("x")
    report = hg.Graph(1e3, {"y": hg.OnePole(0.1)(x)}).compile(interpret=True).report()
    (pole,) = report.blocks
    assert pole.alone_ns is not None
    assert pole.alone_ns > 100
    assert pole.in_place_ns is None
    assert "missed: nothing is compiled for the interpreter" in str(report)


def test_text_and_json() -> None:
    kernel = closed_loop().compile()
    report = kernel.report(measure=False, rate=2e6)
    text = str(report).splitlines()
    assert text[0] == f"loop: {len(report.blocks)} blocks at 1 MHz"
    assert any(line.startswith("loop     5 samples, 5 us: gradient_descent.param") for line in text)
    assert all(len(line) <= 100 for line in text if "kernel" not in line)
    again = json.loads(json.dumps(report.to_dict()))
    assert again["asked_rate"] == 2e6
    assert again["loops"][0]["seconds"] == 5e-6
    assert again["blocks"][0]["name"] == report.blocks[0].name


def test_speed_is_held_against_the_rate_asked_for() -> None:
    def made(speed: float) -> str:
        return str(Report("g", 1e6, 1e6, speed, (), (), {}, True, "", {}, "k.py", "none: it"))

    assert made(10.8e6).splitlines()[1] == (
        "speed    10.8 million samples/s, 10.8 x real time at 1 MHz: 92.6 ns of 1 us per sample"
    )
    assert "only 0.5 of real time at 1 MHz: 2 us of 1 us" in made(0.5e6)


def test_a_rate_that_is_none_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"^report needs rate above 0 Hz, got -1.0 Hz"):
        closed_loop().compile(interpret=True).report(rate=-1.0)
