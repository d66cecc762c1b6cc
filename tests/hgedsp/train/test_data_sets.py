"""Points of two classes: where they lie, and that a seed gives them again."""

import re

import numpy as np
import pytest

from hgedsp.errors import ParameterError
from hgedsp.train.data_sets import DATA_SETS


def points(name, seed=1, **options):
    return DATA_SETS[name].points(np.random.default_rng(seed), 400, **options)


@pytest.mark.parametrize("name", list(DATA_SETS))
def test_points_fill_their_box_in_two_equal_classes(name):
    x, label = points(name)
    assert x.shape == (400, DATA_SETS[name].dimensions)
    assert np.abs(x).max() <= 1
    assert label.sum() == 200
    np.testing.assert_array_equal(x, points(name)[0])
    assert not np.array_equal(x, points(name, seed=2)[0])


@pytest.mark.parametrize("name", ["ring", "sphere"])
@pytest.mark.parametrize("gap", [0.2, 0.4])
def test_the_gap_is_empty(name, gap):
    x, label = points(name, gap=gap)
    radius = np.linalg.norm(x, axis=1)
    assert radius[label > 0].max() <= 0.8 - gap
    assert radius[label == 0].min() >= 0.8
    # Evenly by volume: half of the ball's points lie beyond the radius of half its volume.
    half = (0.8 - gap) * 0.5 ** (1 / x.shape[1])
    assert np.mean(radius[label > 0] > half) == pytest.approx(0.5, abs=0.12)


@pytest.mark.parametrize("name", ["ring", "sphere", "moons", "clouds"])
def test_no_straight_cut_parts_the_classes(name):
    x, label = points(name)
    table = np.column_stack([x, np.ones(len(x))])
    weights = np.linalg.lstsq(table, 2 * label - 1, rcond=None)[0]
    assert np.mean((table @ weights > 0) == (label > 0)) < 0.9


def test_refuses_a_gap_that_leaves_no_ball():
    text = (
        "a gap between the classes lies between 0 and 0.8, got 0.9\n  mend give a gap such as 0.5"
    )
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        points("ring", gap=0.9)
