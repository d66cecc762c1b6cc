"""The study of Newton steps: its problems, and what it finds in a few descents."""

import dataclasses
import json

import numba
import numpy as np
import pytest

from hgedsp.blocks import Constant
from hgedsp.devices import load_device
from hgedsp.graph import Graph
from hgedsp.studies import newton
from hgedsp.studies.newton_problems import teacher, valley

compiled_only = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="needs many samples")


@pytest.mark.parametrize("which", ["valley", "device"])
def test_the_blocks_of_a_problem_give_its_exact_loss(which):
    if which == "valley":
        problem = valley("valley", 0.0, 2, 1)
    else:
        problem = teacher(load_device("rnpu"), 2, 1, density=0.0)
    start = problem.starts[0]
    kernel = Graph(problem.sample_rate, {"loss": problem.wire(Constant(start).as_wire())}).compile()
    losses = kernel.process(problem.cases * problem.window)["loss"]
    expected = problem.exact(start[np.newaxis])[0]
    assert losses.mean() == pytest.approx(expected, rel=1e-9)


def test_the_largest_curvature_of_a_valley_is_that_of_its_wall():
    problem = valley("valley", 1e-3, 5, 2)
    # 100 from the quadratic terms, and up to 60 z^2 more from the quartic ones.
    assert 100 <= problem.curvature() < 200
    assert problem.curvature_error() == pytest.approx(4 * 1e-3 / 0.05**2)


@compiled_only
def test_full_newton_is_faster_than_adam_in_a_quiet_valley(monkeypatch):
    only = valley("valley", 1e-5, 2, 0)
    methods = newton._methods

    def few(problem):
        found = methods(problem)
        kept = {"Adam": slice(3, 4), "Newton, full": slice(1, 2)}
        return {name: (found[name][0], found[name][1][cut]) for name, cut in kept.items()}

    monkeypatch.setattr(newton, "_methods", few)
    monkeypatch.setattr(newton, "_problems", lambda *_: [only])
    result = newton.run(device=None, seed=0, quick=True, progress=False)
    assert result.success
    assert "Newton, full" in result.text()
    numbers = json.loads(json.dumps(result.numbers()))
    steps = {k: v["median_steps"] for k, v in numbers["problems"]["valley"]["methods"].items()}
    assert steps["Newton, full"] <= 5 < steps["Adam"]
    loss = result.arrays()["valley_Newton_full_loss"]
    assert loss.shape[0] == 2
    assert np.all(loss[:, -1] < 1e-3)
    assert numbers["success"]
    assert not dataclasses.replace(result, interrupted=True).success
