"""Standard errors hold what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from hgedsp.analyze.estimate import low_pass_correlation, standard_error


def test_of_independent_rows_is_the_textbook_one():
    values = np.random.default_rng(5).standard_normal((40, 3))
    expected = values.std(axis=0, ddof=1) / np.sqrt(40)
    np.testing.assert_allclose(standard_error(values), expected, rtol=1e-14)


def test_of_one_row_is_not_known():
    assert standard_error(np.ones((1, 3))) is None


def test_of_rows_that_are_all_alike_is_not_known():
    assert standard_error(np.ones((3, 1)), np.ones(10)) is None


@pytest.mark.parametrize("order", [1, 2, 4])
def test_correlation_is_that_of_filtered_white_noise(order):
    tau = 50.0
    impulse = np.zeros(4000)
    impulse[0] = 1.0
    a = -np.expm1(-1 / tau)
    for _ in range(order):
        impulse = signal.lfilter([a], [1.0, a - 1.0], impulse)
    lags = np.array([10, 50, 150, 400])
    expected = [impulse[:-lag] @ impulse[lag:] / (impulse @ impulse) for lag in lags]
    # The sampled filter differs from the analog one by terms of (1 / tau)^2 in its variance.
    np.testing.assert_allclose(low_pass_correlation(order, lags / tau), expected, rtol=0.03)


def test_correlated_rows_scatter_as_said():
    # 3000 means of 30 correlated values; their scatter has a statistical error of 1.3 %.
    random = np.random.default_rng(6)
    rho = 0.7
    noise = random.standard_normal((30, 3000))
    values = signal.lfilter([np.sqrt(1 - rho**2)], [1.0, -rho], noise, axis=0)
    values[0] = noise[0]
    for n in range(1, 30):
        values[n] = rho * values[n - 1] + np.sqrt(1 - rho**2) * noise[n]
    said = standard_error(values, rho ** np.arange(1, 60))
    assert said is not None
    found = values.mean(axis=0).std()
    assert np.sqrt(np.mean(said**2)) == pytest.approx(found, rel=0.06)
