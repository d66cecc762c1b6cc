"""Losses over the cases of an epoch: values by NumPy, gradients by differences of the loss."""

import re
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hgedsp.blocks import (
    CorrelationLoss,
    CorrelationSigmoidLoss,
    FisherLoss,
    Input,
    SquaredErrorLoss,
)
from hgedsp.errors import ParameterError
from hgedsp.graph import Graph

HIGH = np.array([0.0, 1.0, 1.0, 0.0, 1.0])
WIDTH = 3


def correlation(y):
    return np.corrcoef(y, HIGH)[0, 1]


def correlation_sigmoid(y):
    delta = y[HIGH > 0].min() - y[HIGH == 0].max()
    return (1.1 - correlation(y)) * (1 + np.exp(-(delta - 2.0) / 1.5))


def fisher(y):
    high, low = y[HIGH > 0], y[HIGH == 0]
    return -((high.mean() - low.mean()) ** 2) / (high.var(ddof=1) + low.var(ddof=1))


LOSSES = {
    "correlation": (CorrelationLoss(HIGH), lambda y: 1 - correlation(y)),
    "correlation_sigmoid": (
        CorrelationSigmoidLoss(HIGH, center=2.0, scale=1.5),
        correlation_sigmoid,
    ),
    "fisher": (FisherLoss(HIGH), fisher),
    "squared_error": (SquaredErrorLoss(3 * HIGH), lambda y: np.mean((y - 3 * HIGH) ** 2)),
}


@cache
def kernel(name):
    loss, gradient = LOSSES[name][0].copy()(Input("y"), Input("d", WIDTH))
    return Graph(1.0, {"loss": loss, "gradient": gradient}).compile()


def run(name, outputs, derivatives):
    compiled = kernel(name)
    compiled.reset()
    return compiled.process({"y": outputs, "d": derivatives})


@pytest.mark.parametrize("name", list(LOSSES))
def test_is_its_formula_once_per_epoch(name):
    generator = np.random.default_rng(1)
    y, d = 4 * generator.normal(size=10), generator.normal(size=(10, WIDTH))
    expected = [LOSSES[name][1](y[i : i + 5]) for i in (0, 5)]
    np.testing.assert_allclose(run(name, y, d)["loss"], expected, rtol=1e-12)


@pytest.mark.parametrize("name", list(LOSSES))
@given(seed=st.integers(0, 2**31), size=st.floats(0.5, 10.0))
@settings(max_examples=25, deadline=None)
def test_gradient_is_the_chain_rule(name, seed, size):
    generator = np.random.default_rng(seed)
    y, d = size * generator.normal(size=5), generator.normal(size=(5, WIDTH))
    loss, h = LOSSES[name][1], 1e-5
    expected = np.array(
        [(loss(y + h * d @ e) - loss(y - h * d @ e)) / (2 * h) for e in np.eye(WIDTH)]
    )
    # Steep losses bend more within h: h^2 = 1e-10 times the third derivative, eps / h = 1e-11.
    scale = max(1.0, np.abs(expected).max() ** 2)
    tied = min(np.diff(np.sort(y[HIGH > 0]))[0], np.diff(np.sort(y[HIGH == 0]))[-1]) < 1e-3
    if not tied:  # where two cases share the edge of the gap, its slope jumps
        np.testing.assert_allclose(
            run(name, y, d)["gradient"][0], expected, rtol=1e-5, atol=1e-6 * scale
        )


@pytest.mark.parametrize(
    ("name", "loss"), [("correlation", 1.0), ("fisher", 0.0), ("correlation_sigmoid", None)]
)
def test_equal_outputs_give_finite_numbers(name, loss):
    out = run(name, np.ones(5), np.ones((5, WIDTH)))
    expected = 1.1 * (1 + np.exp(2.0 / 1.5)) if loss is None else loss
    assert out["loss"][0] == pytest.approx(expected, rel=1e-12)
    # All derivatives are equal: the gap does not change, nor anything else.
    np.testing.assert_allclose(out["gradient"][0], 0.0, atol=1e-12)


def test_a_hopeless_gap_keeps_the_correlation_sigmoid_finite_and_steep():
    y = np.where(HIGH > 0, -1e4, 1e4) + np.arange(5)
    d = np.where(HIGH > 0, 1.0, -1.0)[:, np.newaxis] * np.ones(WIDTH)
    out = run("correlation_sigmoid", y, d)
    assert np.isfinite(out["loss"][0])
    assert np.all(out["gradient"][0] < 0)  # wider is better
    assert np.all(np.isfinite(out["gradient"][0] ** 2))


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda: FisherLoss([0, 0, 0, 1]),
            "FisherLoss needs at least 2 high and 2 low case(s), got 1 and 3\n"
            "  mend give 1 for each high case and 0 for each low one, or take another loss",
        ),
        (
            lambda: CorrelationSigmoidLoss([1, 1]),
            "CorrelationSigmoidLoss needs at least 1 high and 1 low case(s), got 2 and 0\n"
            "  mend give 1 for each high case and 0 for each low one",
        ),
        (
            lambda: CorrelationSigmoidLoss([0, 1], scale=0.0),
            "CorrelationSigmoidLoss needs scale above 0, got 0.0\n"
            "  mend give scale a positive number",
        ),
        (
            lambda: SquaredErrorLoss([1.0]),
            "SquaredErrorLoss needs at least two cases, got 1\n"
            "  mend give one target per case; for a single one take SquaredError",
        ),
    ],
)
def test_refuses(make, text):
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        make()
