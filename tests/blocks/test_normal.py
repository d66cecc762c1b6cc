import numpy as np
from scipy.special import ndtri

from hgedsp.blocks.normal import standard_normal


def test_equals_scipy_to_ten_roundings_in_all_three_regions():
    centre = np.random.default_rng(1).uniform(size=2000)
    lower_tail = np.geomspace(2.0**-53, 0.075, 2000)
    for p in (centre, lower_tail):
        z = [standard_normal(float(value)) for value in p]
        np.testing.assert_allclose(z, ndtri(p), rtol=2e-15)


def test_is_odd_about_one_half():
    for p in (2.0**-52, 2.0**-30, 0.015625, 0.25):
        assert standard_normal(p) == -standard_normal(1.0 - p)
    assert standard_normal(0.5) == 0.0
