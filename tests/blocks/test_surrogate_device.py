import os
import platform
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from hgedsp import Graph
from hgedsp.blocks import Concatenate, Constant, Input, Select
from hgedsp.blocks.activation import ACTIVATIONS
from hgedsp.blocks.dense_layer import one_point
from hgedsp.blocks.surrogate_device import SurrogateDevice
from hgedsp.errors import ParameterError, TraceError

RATE = 1e4
DATA = Path(__file__).parents[2].parent / "shared" / "data"
FILES = ["rnpu_surrogate", "rnpu_surrogate_room_temperature", "kmc_surrogate"]

FORMULAS = {  # as written in textbooks; the block's own are shaped for speed and range
    "relu": lambda z: z * (z > 0),
    "linear": lambda z: z,
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "elu": lambda z: np.where(z > 0, z, np.exp(z) - 1),
    "tanh": np.tanh,
    "hard_tanh": lambda z: np.maximum(-1, np.minimum(1, z)),
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "softplus": lambda z: np.log(1 + np.exp(z)),
}


def layers(*sizes, seed=1):
    generator = np.random.default_rng(seed)
    weights = [generator.normal(0, a**-0.5, (b, a)) for a, b in pairwise(sizes)]
    return weights, [generator.normal(0, 0.3, b) for b in sizes[1:]]


def network(activation="tanh", sizes=(3, 11, 5, 1), **options):
    return SurrogateDevice(*layers(*sizes), activation, **options)


def forward(weights, biases, function, v):
    h = v.T
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        h = function(weight @ h + bias[:, None])
    return (weights[-1] @ h + biases[-1][:, None])[0]


def run(device, v, **options):
    wire = device(Input("v", device.points * device.electrodes))
    return Graph(RATE, {"current": wire}).compile(**options).process({"v": v})["current"]


def differences(device, v, h=1e-5):
    """Fourth-order central differences."""
    return np.array(
        [
            (8 * (f(h * e) - f(-h * e)) - f(2 * h * e) + f(-2 * h * e)) / (12 * h)
            for e in np.eye(device.electrodes)
            for f in [lambda d: device.current(v + d)]
        ]
    ).T


def voltages(device, n, seed=2):
    return np.random.default_rng(seed).uniform(device.lower, device.upper, (n, device.electrodes))


def save(path, **changes):
    weights, biases = layers(2, 4, 1)
    arrays = {
        **{f"weight_{i}": w for i, w in enumerate(weights)},
        **{f"bias_{i}": b for i, b in enumerate(biases)},
        "activation": "tanh",
        "offset": np.array([0.1, -0.1]),
        "amplitude": np.array([0.5, 0.6]),
        "amplification": 20.0,
        "output_clip": np.array([np.nan, 30.0]),
        "note": "not needed",
        **changes,
    }
    np.savez(path, **{name: value for name, value in arrays.items() if value is not None})
    return path


# Numbers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_current_is_that_of_the_formula(activation):
    device = network(activation, amplification=2e-9)
    v = np.random.default_rng(3).normal(0, 2, (50, 3))
    expected = 2e-9 * forward(device.weights, device.biases, FORMULAS[activation], v)
    np.testing.assert_allclose(device.current(v), expected, rtol=1e-12, atol=1e-22)
    assert device.current(v[0]) == pytest.approx(expected[0], rel=1e-12)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_compiled_step_gives_the_same_current(activation):
    # One kernel serves all activations, so this compiles once.
    device = network(activation)
    v = 3 * voltages(device, 64)
    np.testing.assert_allclose(run(device, v), device.current(v), rtol=1e-12, atol=1e-13)


SIZES = [(2, 1), (1, 1, 1), (9, 3, 17, 1), (5, 8, 8, 8, 8, 1), (7, 90, 145, 16, 1), (33, 96, 48, 1)]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
@pytest.mark.parametrize("sizes", SIZES)
def test_any_depth_and_width_works(sizes, activation, dtype):
    device = network(activation, sizes)
    v = voltages(device, 64)
    expected = device.current(v)
    # Rounding of up to 145 terms in each of four layers.
    rtol = 1e-12 if dtype == "float64" else 1e-5
    current = run(device, v, dtype=dtype)
    assert current.dtype == dtype
    np.testing.assert_allclose(current, expected, rtol=0, atol=rtol * np.abs(expected).max())


def test_units_that_relu_has_zeroed_leave_no_trace():
    weights, biases = layers(3, 40, 30, 1)
    generator = np.random.default_rng(5)
    dead = generator.permutation(40)[:25]
    biases[0][dead] = -1e3
    v = generator.uniform(-1, 1, (64, 3))
    alive = np.setdiff1d(np.arange(40), dead)
    small = SurrogateDevice(
        [weights[0][alive], weights[1][:, alive], weights[2]],
        [biases[0][alive], biases[1], biases[2]],
    )
    # A sum of the same terms in the same order.
    np.testing.assert_array_equal(run(SurrogateDevice(weights, biases), v), run(small, v))


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_what_is_not_finite_is_never_left_out(activation):
    device = network(activation, (3, 20, 1))
    plain = Graph(RATE, {"current": device(Input("v", 3))}).compile()
    plain.states["surrogate_device.work"] = np.finfo(float).max
    expected = plain.process({"v": np.ones((1, 3))})["current"]
    np.testing.assert_allclose(expected, device.current(np.ones((1, 3))), rtol=1e-12)
    work, active = np.zeros((2, 48)), np.zeros(48, dtype=np.int64)
    v = np.array([1.0, np.nan, 1.0])
    coefficients = device.coefficients(RATE)
    current = one_point(v, work.ravel(), active, *coefficients)
    assert np.isnan(current)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("points", [1, 5])
def test_interpreter_equals_compiled_code_bit_for_bit(points, dtype):
    for activation in ("relu", "softplus"):
        v = voltages(network(activation), 5 * points).reshape(5, -1)
        strict = run(network(activation, points=points), v, fastmath=False, dtype=dtype)
        plain = run(network(activation, points=points), v, interpret=True, dtype=dtype)
        np.testing.assert_array_equal(strict, plain)


# Several points ----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("activation", ["relu", "elu"])
@pytest.mark.parametrize("points", [2, 4, 7, 8])
def test_several_points_give_the_bits_of_one_after_the_other(points, activation, dtype):
    sizes = (3, 113, 20, 1)
    v = voltages(network(sizes=sizes), 12 * points)
    single = run(network(activation, sizes), v, dtype=dtype)
    several = run(network(activation, sizes, points=points), v.reshape(12, -1), dtype=dtype)
    assert several.shape == (12, points)
    np.testing.assert_array_equal(several.ravel(), single)


SCRIPT = """
import sys
sys.path.insert(0, {folder!r})
from test_surrogate_device import *
for dtype in ("float64", "float32"):
    np.save(sys.argv[1] + dtype, run(WIDE.copy(), voltages(WIDE, 100).reshape(20, -1), dtype=dtype))
"""
WIDE = network("relu", (3, 113, 20, 1), points=5)


@pytest.mark.skipif(
    platform.machine().lower() not in ("x86_64", "amd64"), reason="AVX2 is a part of x86-64"
)
def test_without_an_instruction_to_pick_lanes_the_bits_are_the_same(tmp_path):
    script = SCRIPT.format(folder=str(Path(__file__).parent))
    features = {"NUMBA_CPU_NAME": "x86-64-v3", "NUMBA_CPU_FEATURES": "+avx2,+fma,+bmi2"}
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "current_")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **features, "HGEDSP_CACHE": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    for dtype in ("float64", "float32"):
        expected = run(WIDE.copy(), voltages(WIDE, 100).reshape(20, -1), dtype=dtype)
        np.testing.assert_array_equal(np.load(tmp_path / f"current_{dtype}.npy"), expected)


def test_cases_of_an_epoch_can_be_wired_from_inputs_and_controls():
    device = network("relu", (4, 12, 1), points=4)
    cases = Constant([-1.0, -1.0, -1.0, 1.0, 1.0, -1.0, 1.0, 1.0])
    voltage = Concatenate(2)(cases, Input("controls", 2))
    order = [place for case in range(4) for place in (8, 2 * case, 2 * case + 1, 9)]
    kernel = Graph(RATE, {"i": device(Select(order)(voltage))}).compile()
    currents = kernel.process({"controls": [[0.3, -0.2]]})["i"]
    corners = [[0.3, a, b, -0.2] for a in (-1.0, 1.0) for b in (-1.0, 1.0)]
    np.testing.assert_allclose(currents[0], device.current(corners), rtol=1e-12)


def test_points_are_counted_from_one():
    text = (
        "SurrogateDevice needs a whole number of at least 1 for points, got 0\n"
        "  mend give points a whole number of at least 1"
    )
    with refusal(ParameterError, text):
        network(points=0)


def test_large_sums_do_not_overflow():
    for activation in ("sigmoid", "softplus", "elu", "tanh"):
        device = network(activation, (2, 3, 1))
        v = np.array([[1e4, -1e4], [-1e4, 1e4]])
        expected = device.current(v)
        assert np.all(np.isfinite(expected))
        assert np.all(np.isfinite(device.gradient(v)))
        np.testing.assert_allclose(run(device, v, interpret=True), expected, rtol=1e-12)


def test_current_is_clipped_and_the_gradient_is_then_zero():
    free = network(amplification=1e-9)
    v = voltages(free, 200)
    low, high = np.quantile(free.current(v), [0.2, 0.7])
    device = network(amplification=1e-9, output_clip=(low, high))
    expected = np.clip(free.current(v), low, high)
    np.testing.assert_array_equal(device.current(v), expected)
    np.testing.assert_allclose(run(device, v), expected, rtol=1e-12, atol=1e-24)
    inside = (expected > low) & (expected < high)
    np.testing.assert_array_equal(device.gradient(v)[inside], free.gradient(v)[inside])
    assert np.all(device.gradient(v)[~inside] == 0)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "softplus", "linear"])
def test_gradient_equals_central_differences(activation):
    device = network(activation, amplification=1e-7)
    v = voltages(device, 20)
    # Differences of fourth order, 1e-5 V: eps/h of rounding is what is left, 2e-11 of the current.
    np.testing.assert_allclose(device.gradient(v), differences(device, v), rtol=1e-8, atol=1e-17)
    np.testing.assert_allclose(device.gradient(v[0]), device.gradient(v)[0], rtol=1e-12)


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "elu", "hard_tanh"])
def test_gradient_is_exact_off_the_edges(activation):
    device = network(activation)
    v = voltages(device, 200)
    error = np.abs(device.gradient(v) - differences(device, v)).max(axis=1)
    # An edge lies within 2e-5 V of few of 200 random points.
    assert np.quantile(error, 0.97) < 1e-9


def test_weights_can_be_set_between_chunks():
    device, v = network(), np.ones((5, 3))
    kernel = Graph(RATE, {"i": device(Input("v", 3))}).compile()
    kernel.parameters["surrogate_device.weights"] = [2 * w for w in device.weights]
    doubled = SurrogateDevice([2 * w for w in device.weights], device.biases, "tanh")
    np.testing.assert_allclose(kernel.process({"v": v})["i"], doubled.current(v), rtol=1e-12)


# Files -------------------------------------------------------------------------------------------


def test_file_in_nanoampere_becomes_ampere(tmp_path):
    device = SurrogateDevice.load(save(tmp_path / "device.npz"), name="dut")
    weights, biases = layers(2, 4, 1)
    v = voltages(device, 30)
    expected = 20e-9 * forward(weights, biases, np.tanh, v)
    np.testing.assert_allclose(device.current(v), np.minimum(expected, 30e-9), rtol=1e-13)
    np.testing.assert_allclose(device.lower, [-0.4, -0.7])
    np.testing.assert_allclose(device.upper, [0.6, 0.5])
    assert device.output_clip[1] == pytest.approx(30e-9)
    assert device.label == "dut"
    assert SurrogateDevice.load(tmp_path / "device.npz", points=4).points == 4
    assert device.node.location.file == __file__


@pytest.mark.parametrize("name", FILES)
def test_recorded_device_is_reproduced(name):
    file = DATA / f"{name}.npz"
    if not file.exists():
        pytest.skip(f"{file} is not on this machine")
    device = SurrogateDevice.load(file)
    v = voltages(device, 500)
    with np.load(file) as data:
        weights = [device.weights[i] for i in range(len(device.weights))]
        biases = [data[f"bias_{i}"].astype(float) for i in range(len(weights))]
        expected = 1e-9 * data["amplification"] * forward(weights, biases, FORMULAS["relu"], v)
    np.testing.assert_allclose(device.current(v), expected, rtol=1e-11, atol=1e-21)
    np.testing.assert_allclose(run(device, v), expected, rtol=1e-11, atol=1e-21)
    gradient = device.gradient(v)
    error = np.abs(gradient - differences(device, v, 1e-7)).max(axis=1)
    # Among some 500 edges one is rarely within 2e-7 V.
    assert np.quantile(error, 0.97) < 1e-6 * np.abs(gradient).max()


# Refusals ----------------------------------------------------------------------------------------


def refusal(error, text):
    return pytest.raises(error, match=f"^{re.escape(text)}$")


def test_missing_file_is_named(tmp_path):
    file = tmp_path / "none.npz"
    with refusal(TraceError, f"there is no file {file}\n  mend check the name and the folder"):
        SurrogateDevice.load(file)


def test_file_of_another_kind_is_refused(tmp_path):
    file = tmp_path / "text.npz"
    file.write_text("weights")
    text = (
        f"{file} is not a whole .npz archive: it is cut off, or something else\n"
        "  mend copy it again, or write it with numpy.savez"
    )
    with refusal(TraceError, text):
        SurrogateDevice.load(file)


def test_truncated_file_is_refused(tmp_path):
    file = save(tmp_path / "device.npz")
    whole = file.read_bytes()
    for length in (0, 100, len(whole) // 2, len(whole) - 10):
        file.write_bytes(whole[:length])
        with pytest.raises(TraceError, match=f"^{re.escape(str(file))} is not a whole"):
            SurrogateDevice.load(file)


def test_damaged_file_is_refused(tmp_path):
    file = save(tmp_path / "device.npz")
    content = bytearray(file.read_bytes())
    start = content.index(b"NUMPY") + 120
    content[start : start + 16] = bytes(16)
    file.write_bytes(content)
    with pytest.raises(TraceError, match=f"^{re.escape(str(file))} cannot be read: .*CRC"):
        SurrogateDevice.load(file)


def test_missing_array_is_named(tmp_path):
    file = save(tmp_path / "device.npz", bias_1=None)
    text = (
        f"{file} has no array bias_1, only activation, amplification, amplitude, bias_0, offset, "
        "output_clip, weight_0, weight_1\n"
        "  mend write weight_0, bias_0, weight_1, ... in order, activation, offset, amplitude and "
        "amplification with numpy.savez"
    )
    with refusal(ParameterError, text):
        SurrogateDevice.load(file)


def test_layers_that_do_not_chain_are_refused_with_the_file(tmp_path):
    file = save(tmp_path / "device.npz", weight_1=np.ones((1, 5)))
    text = (
        f"weight_1 takes 5 inputs, but weight_0 gives 4\n  at   {file}\n"
        "  mend give as many columns as the layer before has rows; transpose if stored the other "
        "way"
    )
    with refusal(ParameterError, text):
        SurrogateDevice.load(file)


def test_unknown_activation_is_refused():
    text = (
        "SurrogateDevice knows no activation 'swish'\n"
        "  mend take one of relu, linear, leaky_relu, elu, tanh, hard_tanh, sigmoid, softplus"
    )
    with refusal(ParameterError, text):
        network("swish")


def test_two_outputs_are_refused():
    text = (
        "the last layer gives 2 outputs, but a device has one current\n"
        "  mend keep one row of weight_1 and bias_1"
    )
    with refusal(ParameterError, text):
        network(sizes=(3, 4, 2))


def test_bias_of_another_length_is_refused():
    weights, biases = layers(3, 4, 1)
    text = "bias_0 has shape (3,), but weight_0 has 4 units\n  mend give one bias per unit"
    with refusal(ParameterError, text):
        SurrogateDevice(weights, [biases[0][:3], biases[1]])


def test_weights_that_diverged_are_refused():
    weights, biases = layers(3, 4, 1)
    weights[1][0, 2] = np.nan
    text = (
        "SurrogateDevice needs finite numbers in weight_1\n"
        "  mend look at weight_1; a training that diverged leaves NaN"
    )
    with refusal(ParameterError, text):
        SurrogateDevice(weights, biases)


def test_no_layers_are_refused():
    text = (
        "SurrogateDevice got 0 weights and 0 biases\n"
        "  mend give one of each per layer, and at least one layer"
    )
    with refusal(ParameterError, text):
        SurrogateDevice([], [])


def test_range_of_another_width_is_refused():
    text = (
        "SurrogateDevice has 3 electrodes, but offset has 2\n"
        "  mend give offset one number per electrode, or one for all, in V"
    )
    with refusal(ParameterError, text):
        network(offset=[0.0, 0.1])


def test_voltages_of_another_width_are_refused():
    text = (
        "SurrogateDevice has 3 electrodes, got voltages of shape (7,)\n"
        "  mend give voltages of shape (3,) or (N, 3), in V"
    )
    with refusal(ParameterError, text):
        network().current(np.zeros(7))


def test_clip_upside_down_is_refused():
    text = (
        "SurrogateDevice needs a lower and a higher output_clip, got (2.0, 1.0)\n"
        "  mend give the pair in A, NaN where there is no limit"
    )
    with refusal(ParameterError, text):
        network(output_clip=(2.0, 1.0))
