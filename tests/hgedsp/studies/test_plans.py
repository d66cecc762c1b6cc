"""Tone sets compared: the truth they are held against, and the gain of planning."""

from pathlib import Path

import numpy as np
import pytest

from hgedsp.blocks import SurrogateDevice
from hgedsp.devices import load_device
from hgedsp.errors import ParameterError
from hgedsp.studies import plans
from hgedsp.studies.collision_error import ToneSet, estimated
from hgedsp.studies.full_band import simulate_full_band
from hgedsp.studies.points import points_in_range
from hgedsp.studies.smoothed import smoothed_by_all

DATA = Path(__file__).parents[3] / ".." / "shared" / "data"


def bent(direction, offset=0.0):
    """|direction . v - offset|, of two relu units."""
    weight = np.array([direction, -np.asarray(direction)])
    bias = np.array([-offset, offset])
    return SurrogateDevice([weight, np.ones((1, 2))], [bias, np.zeros(1)])


def test_smoothed_gradient_of_a_bend_is_that_of_the_semicircle():
    """|v| under one tone: the mean of sign(v + a sin) weighted by a semicircle of radius a."""
    device, a, v = bent([1.0]), 0.02, 0.004
    truth, error = smoothed_by_all(device, np.array([[v]]), a)
    x = v / a
    expected = 2 / np.pi * (x * np.sqrt(1 - x * x) + np.arcsin(x))
    assert truth[0, 0] == pytest.approx(expected, abs=5e-4)
    assert error < 5e-4


def test_planned_tones_on_a_bend_come_near_the_smoothed_gradient():
    device = bent([1.0, 0.7, -0.4], 0.003)
    electrodes, points = np.arange(3), np.zeros((1, 3))
    truth, _ = smoothed_by_all(device, points, 0.02)
    planned = ToneSet("planned", np.array([53, 57, 87]), np.array([0.3, 1.0, 2.0]))
    comb = ToneSet("comb", np.array([1, 2, 3]), np.zeros(3))
    near, far = (estimated(device, points, electrodes, s, 0.02) - truth for s in (planned, comb))
    assert np.abs(near).max() < 0.1 * np.abs(far).max()


@pytest.mark.parametrize("name", ["rnpu_surrogate", "rnpu_surrogate_room_temperature"])
def test_planned_tones_err_a_third_of_the_published_ones(name):
    file = DATA / f"{name}.npz"
    if not file.exists():
        pytest.skip("the shared devices are not on this machine")
    device = load_device(str(file))
    points = points_in_range(device, plans.AMPLITUDE, 3, seed=0)
    found = plans._prepared(np.arange(7))
    found.points.extend(plans._measure(device, point, found, 0) for point in points)
    assert found.gain > plans.WANTED
    assert found.truth_error / found.scale < found.error[2]


def test_full_band_is_as_predicted():
    full = simulate_full_band(60, seed=3)
    assert len(full.plan.collisions) > 1000
    assert full.plan.collisions.complete
    assert full.disagreement < 1e-6


def test_refuses_devices_without_seven_electrodes(tmp_path):
    device = bent([1.0, 2.0])
    file = tmp_path / "two.npz"
    arrays = {"offset": 0.0, "amplitude": 1.0, "amplification": 1.0, "activation": "relu"}
    for i, (weight, bias) in enumerate(zip(device.weights, device.biases, strict=True)):
        arrays |= {f"weight_{i}": weight, f"bias_{i}": bias}
    np.savez(file, **arrays)
    with pytest.raises(ParameterError, match=r"^the published tone sets are for seven electrodes"):
        plans.run(device=str(file), seed=0, quick=True, progress=False)


def test_a_stopped_study_tells_the_points_it_has(monkeypatch):
    real, calls = plans.smoothed_by_all, []

    def stopped(*arguments, **options):
        calls.append(arguments)
        if len(calls) == 23:
            raise KeyboardInterrupt
        return real(*arguments, **{**options, "random_points": 256})

    monkeypatch.setattr(plans, "smoothed_by_all", stopped)
    found = plans.run(device=None, seed=0, quick=True, progress=False)
    assert found.interrupted
    assert not found.success
    assert [len(c.truth) for c in found.comparisons] == [20, 2]
    assert "5 tones in windows of 0.05 s, 2 operating points" in found.text()
    assert "on a quarter of the bins" not in found.text()
    assert found.arrays()["planned_5_tones_A_per_V"].shape == (2, 5)
