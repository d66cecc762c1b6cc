"""Windows of whole periods, in exact numbers."""

from __future__ import annotations

import numpy as np
import pytest

from hgedsp.analyze.windows import common_period, natural_window


@pytest.mark.parametrize(
    ("frequency", "rate", "period"),
    [
        ([10.0], 1000.0, 100),
        ([10.0, 25.0], 1000.0, 200),
        ([0.1, 0.3], 1.0, 10),
        ([1010.0, 1090.0, 1270.0], 50e3, 5000),
        ([33.3], 1e6, 10_000_000),
    ],
)
def test_common_period(frequency, rate, period):
    assert common_period(np.array(frequency), rate) == period


def test_irrational_tones_share_no_period_that_anybody_could_record():
    assert common_period(np.sqrt([2.0, 3.0]) / 1000, 1.0) > 10**15


@pytest.mark.parametrize(
    ("frequency", "rate", "samples", "window"),
    [
        ([10.0], 1000.0, 10_000, 100),
        ([100.0], 1000.0, 10_000, 100),
        ([100.0], 1000.0, 320, 20),
        ([10.0, 11.0], 1000.0, 10_000, 1000),
        ([10.0, 11.0], 1000.0, 999, None),
        ([0.25], 1.0, 160, 8),
    ],
)
def test_natural_window(frequency, rate, samples, window):
    assert natural_window(np.array(frequency), rate, samples) == window
