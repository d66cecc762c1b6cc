"""Constants: nothing to learn, and the threshold is where it says."""

import numpy as np
import pytest

from hgedsp.devices import load_device
from hgedsp.train.constant import make_constant


@pytest.mark.parametrize(("task", "high"), [("true", True), ("false", False)])
def test_the_threshold_has_all_currents_on_one_side(task, high):
    device = load_device("rnpu")
    result = make_constant(task, device, inputs=(0, 6))
    voltage = np.tile((device.lower + device.upper) / 2, (4, 1))
    voltage[:, 0] = np.array([device.lower[0], device.upper[0]])[[0, 0, 1, 1]]
    voltage[:, 6] = np.array([device.lower[6], device.upper[6]])[[0, 1, 0, 1]]
    np.testing.assert_allclose(result.output_nA, 1e9 * device.current(voltage))
    assert np.all((result.output_nA > result.threshold_nA) == high)
    assert np.abs(result.output_nA - result.threshold_nA).min() == pytest.approx(1.0)
    assert result.numbers()["epochs"] == 0
    assert "needs no training" in result.text()
