"""The error bar of empty bins, written out."""

import numpy as np

from hgedsp.blocks import NoiseFloor


def test_is_the_rms_of_the_bins_of_each_tone(run):
    random = np.random.default_rng(1)
    i, q = random.standard_normal((2, 20, 6))
    found = run(NoiseFloor(2, 3, [10.0, 5.0]), 1e3, i, q)
    power = (i**2 + q**2).reshape(20, 2, 3).sum(axis=2) / 6
    np.testing.assert_allclose(found, [10.0, 5.0] * np.sqrt(power), rtol=1e-14)


def test_refuses_a_scale_of_another_length(refuses):
    with refuses(
        "NoiseFloor has 2 tones, but scale has 3", "give scale one number per tone, or one for all"
    ):
        NoiseFloor(2, 4, [1.0, 2.0, 3.0])
