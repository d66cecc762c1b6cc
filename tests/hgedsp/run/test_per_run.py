"""One value for each run."""

from __future__ import annotations

import numpy as np

import hgedsp as hg


def test_values_are_those_of_each_run_in_order() -> None:
    each = hg.PerRun(value for value in ("a", "b", "c"))
    assert len(each) == 3
    assert list(each) == ["a", "b", "c"]
    assert each[1] == "b"
    assert list(each[1:]) == ["b", "c"]
    assert repr(each) == "PerRun(['a', 'b', 'c'])"


def test_the_first_axis_of_an_array_runs_over_runs() -> None:
    array = np.arange(12.0).reshape(3, 2, 2)
    each = hg.PerRun(array)
    assert len(each) == 3
    np.testing.assert_array_equal(each[2], array[2])
    np.testing.assert_array_equal(each, array)
    assert np.mean(each, axis=0).shape == (2, 2)
    assert np.asarray(each, dtype=np.float32).dtype == np.float32
