"""The loss against np.corrcoef, its gradient against differences of the loss itself."""

import re

import numpy as np
import pytest

from hgedsp.blocks import CorrelationLoss, Input
from hgedsp.errors import ParameterError
from hgedsp.graph import Graph

TARGET = np.array([0.0, 1.0, 1.0, 0.0])


def run(outputs, derivatives):
    width = derivatives.shape[1]
    loss, gradient = CorrelationLoss(TARGET)(Input("y"), Input("d", width))
    kernel = Graph(1.0, {"loss": loss, "gradient": gradient}).compile()
    return kernel.process({"y": outputs, "d": derivatives})


def test_is_one_minus_pearson_correlation_once_per_epoch():
    generator = np.random.default_rng(1)
    y, d = generator.normal(size=8), generator.normal(size=(8, 3))
    expected = [1 - np.corrcoef(y[i : i + 4], TARGET)[0, 1] for i in (0, 4)]
    np.testing.assert_allclose(run(y, d)["loss"], expected, rtol=1e-12)


def test_gradient_is_the_chain_rule():
    generator = np.random.default_rng(2)
    y, d = generator.normal(size=4), generator.normal(size=(4, 3))

    def loss(v):
        return 1 - np.corrcoef(y + d @ v, TARGET)[0, 1]

    h = 1e-6
    expected = [(loss(h * e) - loss(-h * e)) / (2 * h) for e in np.eye(3)]
    # Central differences of a smooth function: h^2 and eps / h are both near 1e-10.
    np.testing.assert_allclose(run(y, d)["gradient"][0], expected, rtol=1e-7, atol=1e-9)


def test_equal_outputs_give_loss_one_and_no_gradient():
    out = run(np.ones(4), np.ones((4, 2)))
    assert out["loss"][0] == 1.0
    np.testing.assert_array_equal(out["gradient"][0], 0.0)


def test_refuses_equal_targets():
    text = (
        "CorrelationLoss needs targets of at least two levels, got [1., 1.]\n"
        "  mend give one target per case, high and low"
    )
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        CorrelationLoss([1.0, 1.0])
