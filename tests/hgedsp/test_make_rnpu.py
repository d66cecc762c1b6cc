"""Tests of the default simulated device: reproducible, realistic and non-monotonic."""

from pathlib import Path

import numpy as np
import pytest

from hgedsp.make_rnpu import DEFAULT_SEED, ELECTRODE_COUNT, Device, FloatArray, evaluate, make_rnpu

STEP_V = 1e-4


@pytest.fixture(scope="module")
def device() -> Device:
    """Make the default device once."""
    return make_rnpu()


@pytest.fixture(scope="module")
def voltage_V(device: Device) -> FloatArray:
    """Draw operating points, in V, of shape (points, electrodes)."""
    point = np.random.default_rng(1).uniform(-1.0, 1.0, (4000, ELECTRODE_COUNT))
    return np.asarray(device["offset"] + device["amplitude"] * point)


def slopes(device: Device, voltage_V: FloatArray) -> FloatArray:
    """Compute dI/dV, in nA/V, of shape (points, electrodes)."""
    slope = np.empty_like(voltage_V)
    for electrode, step in enumerate(STEP_V * np.eye(ELECTRODE_COUNT)):
        rise = evaluate(device, voltage_V + step) - evaluate(device, voltage_V - step)
        slope[:, electrode] = rise / (2.0 * STEP_V)
    return slope


def sweep(device: Device, voltage_V: FloatArray, electrode: int) -> FloatArray:
    """Sweep one electrode over its full range: currents, in nA, of shape (points, steps)."""
    swept = np.repeat(voltage_V[:, None, :], 101, axis=1)
    swept[:, :, electrode] = np.linspace(-1.0, 1.0, 101) * device["amplitude"][electrode]
    swept[:, :, electrode] += device["offset"][electrode]
    return evaluate(device, swept.reshape(-1, ELECTRODE_COUNT)).reshape(len(voltage_V), 101)


def test_same_seed_makes_equal_arrays() -> None:
    """The arrays and their order depend on nothing but the seed."""
    first, second = make_rnpu(DEFAULT_SEED), make_rnpu(DEFAULT_SEED)
    assert list(first) == list(second)
    for name in first:
        np.testing.assert_array_equal(first[name], second[name], strict=True)
    assert not np.array_equal(first["weight_0"], make_rnpu(DEFAULT_SEED + 1)["weight_0"])


def test_same_seed_makes_equal_bytes(device: Device, tmp_path: Path) -> None:
    """The file holds no date, needs no pickle and is small."""
    for name in ("first.npz", "second.npz"):
        np.savez(tmp_path / name, allow_pickle=False, **device)
    content = (tmp_path / "first.npz").read_bytes()
    assert content == (tmp_path / "second.npz").read_bytes()
    assert len(content) < 100_000
    with np.load(tmp_path / "first.npz", allow_pickle=False) as loaded:
        assert list(loaded) == list(device)


def test_format(device: Device) -> None:
    """Shapes and types are those the loader expects."""
    assert str(device["activation"]) == "tanh"
    assert device["offset"].shape == device["amplitude"].shape == (ELECTRODE_COUNT,)
    assert device["output_clip"].shape == (2,)
    assert np.isnan(device["output_clip"]).all()
    assert str(DEFAULT_SEED) in str(device["note"])
    shapes = [device[f"weight_{layer}"].shape for layer in range(3)]
    assert shapes == [(40, ELECTRODE_COUNT), (40, 40), (1, 40)]
    assert all(device[f"{kind}_2"].dtype == np.float32 for kind in ("weight", "bias"))


def test_grounded_device_carries_no_current(device: Device) -> None:
    """All electrodes at 0 V, as the output: no current, in nA, up to float32 rounding."""
    assert abs(evaluate(device, np.zeros((1, ELECTRODE_COUNT)))[0]) < 1e-4


def test_current_statistics(device: Device, voltage_V: FloatArray) -> None:
    """Standard deviation and range, in nA, are like those of measured devices."""
    current = evaluate(device, voltage_V)
    assert current.std() == pytest.approx(18.0, rel=0.05)
    assert -220.0 < current.min() < -50.0
    assert 10.0 < current.max() < 70.0


def test_slopes_lie_in_published_range(device: Device, voltage_V: FloatArray) -> None:
    """Median slopes, in nA/V, span most of the published 2 to 17 nA/V."""
    median = np.median(np.abs(slopes(device, voltage_V)), axis=0)
    assert median.min() > 1.9
    assert median.max() < 18.0
    assert median.max() / median.min() > 5.0


def test_negative_differential_resistance(device: Device, voltage_V: FloatArray) -> None:
    """Both signs of slope are common along every electrode."""
    negative = (slopes(device, voltage_V) < 0.0).mean(axis=0)
    assert negative.min() > 0.1
    assert negative.max() < 0.9


@pytest.mark.parametrize("electrode", range(ELECTRODE_COUNT))
def test_non_monotonic(device: Device, voltage_V: FloatArray, electrode: int) -> None:
    """In a fifth of the sweeps the current turns back by more than a twentieth of its span."""
    step = np.diff(sweep(device, voltage_V[:300], electrode), axis=1)
    rise, fall = np.maximum(step, 0.0).sum(axis=1), np.maximum(-step, 0.0).sum(axis=1)
    # Turning back by d adds d to both rise and fall, and max(rise, fall) bounds the span.
    assert (np.minimum(rise, fall) > 0.05 * np.maximum(rise, fall)).mean() > 0.2


def test_smooth_enough_for_homodyne_extraction(device: Device, voltage_V: FloatArray) -> None:
    """A finite perturbation of 20 mV sees the same slope as an infinitesimal one."""
    exact = slopes(device, voltage_V)[:, 0]
    step = 0.02 * np.eye(ELECTRODE_COUNT)[0]
    finite = (evaluate(device, voltage_V + step) - evaluate(device, voltage_V - step)) / 0.04
    assert np.sqrt(np.mean((finite - exact) ** 2) / np.mean(exact**2)) < 0.03
