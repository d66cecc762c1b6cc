"""The same bits of a compiled graph, whatever else is recorded and on whatever machine."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest

import hgedsp as hg
from hgedsp.blocks import Oscillator

compiled_only = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="no machine code")


def gradient_loop(tones: int) -> hg.Graph:
    """A closed loop with sums, filters, a clock, a delay, noise and a branch."""
    target = hg.Input("target")
    tone = hg.ToneGenerator(np.linspace(31.0, 410.0, tones), 0.05)
    updater = hg.GradientDescent(1e-2, np.linspace(-0.5, 0.5, tones), -1.0, 1.0)
    device = hg.PolynomialDevice(np.linspace(0.5, 1.0, tones), np.full(tones, 0.1))
    current = hg.WhiteNoise(1e-9, seed=1)(device(updater.parameters + tone.perturbation))
    loss = hg.SquaredError()(hg.Delay(2)(current), target)
    gradient = hg.LowPass(0.02, 3)(hg.Mixer(20.0)(loss, tone.in_phase))
    updater(hg.Clip(-3.0, 3.0)(gradient))
    return hg.Graph(
        1e3,
        {"p": updater.parameters, "loss": loss, "slow": hg.IntegrateAndDump(7)(gradient)},
    )


def network(activation: str) -> hg.Graph:
    """A device of many weights."""
    generator = np.random.default_rng(1)
    sizes = [7, 30, 30, 1]
    weights = [generator.standard_normal((b, a)) / a**0.5 for a, b in pairwise(sizes)]
    biases = [0.1 * generator.standard_normal(size) for size in sizes[1:]]
    tone = hg.ToneGenerator(np.linspace(31.0, 410.0, 7), 0.5)
    device = hg.SurrogateDevice(weights, biases, activation=activation)
    return hg.Graph(1e3, {"current": device(tone.perturbation + hg.Input("target"))})


def graphs(kind: str) -> dict[str, hg.Graph]:
    if kind == "loops":
        return {f"loop of {tones}": gradient_loop(tones) for tones in (7, 40)}
    return {activation: network(activation) for activation in ("relu", "tanh")}


def drive(n: int = 700) -> dict[str, Any]:
    return {"target": np.sin(np.arange(n) / 9.0)}


def wires_of(graph: hg.Graph) -> list[str]:
    return [
        f"{node.name}.{port.name}"
        for node in graph.checked.flat.nodes
        for port in node.block.ports.outputs
    ]


def assert_same(got: dict[str, Any], expected: dict[str, Any]) -> None:
    for name in expected:
        np.testing.assert_array_equal(got[name], expected[name], name)


# Probes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fastmath", [True, False])
@pytest.mark.parametrize("tones", [1, 3, 9, 40])
def test_probes_on_every_wire_change_no_bit(tones: int, fastmath: bool) -> None:
    graph = gradient_loop(tones)
    every = dict.fromkeys(wires_of(graph), 1)
    expected = graph.compile(fastmath=fastmath).process(drive())
    probed = graph.compile(fastmath=fastmath, probes=every).process(drive())
    assert len(probed) == len(expected) + len(every)
    assert_same(probed, expected)


@pytest.mark.parametrize("tones", [3, 40])
def test_a_probe_on_one_wire_shows_what_a_probe_on_every_wire_shows(tones: int) -> None:
    graph = gradient_loop(tones)
    kernel = graph.compile(probes=dict.fromkeys(wires_of(graph), 1))
    expected = kernel.process(drive())
    names = wires_of(graph)[1::7]
    kernel = graph.compile()
    for name in names:
        kernel.reset()
        record = kernel.run(drive(), probes={name: 5}, progress=False, chunk=333)
        np.testing.assert_array_equal(record[name], expected[name][::5][: len(record[name])], name)


# Lanes -------------------------------------------------------------------------------------------


def loop_of_each_lane(frequency: Any, gain: Any) -> hg.Graph:
    """A loop in which no lane sees another."""
    lanes = np.size(frequency)
    integrator = hg.Integrator(3.0)
    error = hg.LowPass(0.02, 3)(hg.Input("x", lanes) - integrator.y) * gain
    mixed = hg.Mixer(2.0)(error, Oscillator(frequency)().in_phase)
    integrator(hg.Clip(-1.0, 1.0)(mixed + error))
    return hg.Graph(1e3, {"y": integrator.y, "error": error})


def test_a_lane_of_a_loop_gives_the_bits_it_gives_alone() -> None:
    frequency, gain = np.linspace(3.0, 90.0, 16), np.linspace(0.5, 2.5, 16)
    x = np.random.default_rng(1).standard_normal((500, 16))
    for lanes in (3, 9, 16):  # in registers; the steps of more are put together in another way
        graph = loop_of_each_lane(frequency[:lanes], gain[:lanes])
        together = graph.compile().process({"x": x[:, :lanes]})
        for lane in (0, lanes - 1):
            alone = loop_of_each_lane(frequency[lane], gain[lane]).compile()
            for name, values in alone.process({"x": x[:, lane]}).items():
                np.testing.assert_array_equal(together[name][:, lane], values, name)


@pytest.mark.parametrize("tones", [3, 40])
def test_numbers_that_are_kept_lane_by_lane_change_no_bit(tones: int) -> None:
    one, several = gradient_loop(tones).compile(), gradient_loop(tones).compile()
    for name in ("mixer.gain", "gradient_descent.lower", "gradient_descent.learning_rate"):
        number = several.parameters[name]
        several.parameters[name] = np.linspace(0.001, 0.002, tones)
        several.parameters[name] = number
    assert_same(several.process(drive()), one.process(drive()))


# Chunks ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tones", [3, 9, 40])
def test_chunks_change_no_bit(tones: int) -> None:
    graph = gradient_loop(tones)
    expected, kernel = graph.compile().process(drive()), graph.compile()
    cuts = [0, 1, 7, 127, 128, 129, 400, 700]
    parts = [kernel.process({"target": drive()["target"][a:b]}) for a, b in pairwise(cuts)]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in expected}
    assert_same(joined, expected)


# Machines ----------------------------------------------------------------------------------------

MACHINES = {
    "AVX2 and FMA": ("x86-64", "+avx,+avx2,+fma"),
    "AVX2 without FMA": ("x86-64", "+avx,+avx2"),
    "neither": ("x86-64", ""),
}
SCRIPT = """
import sys
sys.path.insert(0, {folder!r})
import numpy as np
from test_same_bits import drive, graphs, registers_used
for name, graph in graphs(sys.argv[2]).items():
    kernel = graph.compile()
    np.savez(f"{{sys.argv[1]}}/{{name}}.npz", **kernel.process(drive(300)))
    print(*sorted(registers_used(kernel)))
"""


def registers_used(kernel: hg.Kernel) -> set[str]:
    """Which vector units the machine code of a kernel that was just compiled is for."""
    function = kernel._program({}).built.function
    (text,) = function.inspect_asm().values()  # type: ignore[attr-defined]
    return {name for name in ("ymm", "zmm", "vfmadd") if name in text}


@compiled_only
@pytest.mark.skipif(
    platform.machine().lower() not in ("x86_64", "amd64"), reason="these are kinds of x86-64"
)
@pytest.mark.parametrize("kind", ["loops", "networks"])
@pytest.mark.parametrize("machine", MACHINES)
def test_a_narrower_vector_unit_changes_no_bit(machine: str, kind: str, tmp_path: Path) -> None:
    processor, features = MACHINES[machine]
    script = SCRIPT.format(folder=str(Path(__file__).parent))
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path), kind],
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "NUMBA_CPU_NAME": processor,
            "NUMBA_CPU_FEATURES": features,
            "HGEDSP_CACHE": str(tmp_path),
        },
    )
    assert done.returncode == 0, done.stderr
    allowed = {"ymm"} if "avx" in features else set()
    allowed |= {"vfmadd"} if "fma" in features else set()
    for line in done.stdout.splitlines():
        assert set(line.split()) <= allowed
    for name, graph in graphs(kind).items():
        with np.load(tmp_path / f"{name}.npz") as got:
            assert_same(dict(got), graph.compile().process(drive(300)))
