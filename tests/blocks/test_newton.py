"""Newton steps, one parameter at a time."""

import numpy as np
import pytest

from hgedsp.blocks import Newton


def move(run, updater, gradient, curvature):
    """Parameters before each tick, and after the last."""
    more = np.vstack([gradient, np.zeros_like(gradient[:1])])
    found = run(updater, 1.0, more, np.vstack([curvature, curvature[-1:]]))
    return found.reshape(len(more), -1)


def test_one_step_ends_in_the_minimum_of_a_parabola(run):
    start, minimum, h = np.array([3.0, -2.0]), np.array([1.0, 0.5]), np.array([[4.0, 0.25]])
    p = move(run, Newton(1.0, start, 1e-3), h * (start - minimum), h)
    np.testing.assert_allclose(p[-1], minimum, rtol=1e-15)


def test_goes_downhill_where_the_curvature_is_negative_and_no_faster_than_damped(run):
    p = move(run, Newton(1.0, np.zeros(3), 0.5), np.ones((1, 3)), np.array([[-2.0, 0.1, 4.0]]))
    np.testing.assert_allclose(p[-1], [-0.5, -2.0, -0.25])


def test_steps_stay_within_longest_and_bounds(run):
    updater = Newton(1.0, np.zeros(2), 0.1, [0.3, 9.0], lower=-1.0)
    p = move(run, updater, np.ones((1, 2)), np.full((1, 2), 0.5))
    np.testing.assert_array_equal(p[-1], [-0.3, -1.0])


def test_memory_averages_the_curvature_without_a_bias(run):
    curvature = np.array([[2.0], [4.0], [1.0]])
    p = move(run, Newton(1.0, 0.0, 1e-3, memory=0.5), np.ones((3, 1)), curvature)[:, 0]
    means = [2.0, (0.5 * 2 + 4) / 1.5, (0.25 * 2 + 0.5 * 4 + 1) / 1.75]
    np.testing.assert_allclose(np.diff(p), -1 / np.array(means), rtol=1e-14)


def test_frozen_parameters_stay(run):
    p = move(run, Newton(1.0, [1.0, 2.0], 1.0, frozen=[1, 0]), np.ones((4, 2)), np.ones((4, 2)))
    np.testing.assert_array_equal(p[:, 0], 1.0)
    assert p[-1, 1] == -2.0


@pytest.mark.parametrize(
    ("options", "what", "mend"),
    [
        ({"damping": 0.0}, "damping above 0, got 0.0", "give damping a positive number"),
        (
            {"damping": 1.0, "memory": 1.0},
            "memory below 1, got 1.0",
            "take 0 for no memory, or 0.8 for about five ticks; at 1 nothing new would be learnt",
        ),
        (
            {"damping": 1.0, "longest": 0.0},
            "longest above 0, got 0",
            "give the longest step a positive number, or leave it out",
        ),
    ],
)
def test_refuses_what_would_never_move(options, what, mend, refuses):
    with refuses(f"Newton needs {what}", mend):
        Newton(1.0, 0.0, **options)
