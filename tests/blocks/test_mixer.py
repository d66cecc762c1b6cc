"""The mixer."""

import numpy as np

from hgedsp.blocks import Mixer


def test_multiplies_a_signal_with_each_reference(run):
    generator = np.random.default_rng(1)
    x, reference = generator.standard_normal(32), generator.standard_normal((32, 3))
    got = run(Mixer([1.0, 2.0, -3.0]), 1e4, x, reference, fastmath=False)
    np.testing.assert_array_equal(got, x[:, np.newaxis] * ([1.0, 2.0, -3.0] * reference))


def test_mean_product_of_a_tone_is_half_its_amplitude_times_gain(run):
    phase = 2 * np.pi * 5 / 64 * np.arange(64)
    product = run(Mixer(4.0), 1e4, 0.3 * np.sin(phase), np.sin(phase))
    assert abs(product.mean() - 4.0 * 0.3 / 2) < 1e-15


def test_refuses_a_gain_that_is_not_finite(refuses):
    with refuses(
        "Mixer needs finite numbers for gain, got inf at lane 1", "give gain finite numbers"
    ):
        Mixer([1.0, np.inf])


def test_refuses_a_table_of_gains(refuses):
    with refuses(
        "Mixer needs a flat list of numbers for gain, got shape (1, 2)",
        "give gain one number per lane",
    ):
        Mixer([[1.0, 2.0]])
