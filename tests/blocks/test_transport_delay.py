import re

import numpy as np
import pytest

from hgedsp import Graph
from hgedsp.blocks import Decimate, Input
from hgedsp.blocks.transport_delay import TransportDelay
from hgedsp.errors import ParameterError

RATE = 1e6


def test_delays_by_the_nearest_number_of_samples():
    x = np.random.default_rng(1).normal(size=(50, 2))
    wire = TransportDelay(7.4e-6, RATE)(Input("x", 2))
    y = Graph(RATE, {"y": wire}).compile().process({"x": x})["y"]
    np.testing.assert_array_equal(y[:7], 0.0)
    np.testing.assert_array_equal(y[7:], x[:-7])


@pytest.mark.parametrize(("seconds", "samples"), [(0.5e-6, 1), (1.49e-6, 1), (3e-3, 3000)])
def test_half_a_sample_rounds_up(seconds, samples):
    assert TransportDelay(seconds, RATE).samples == samples


def test_closes_a_loop():
    x, delay = Input("x"), TransportDelay(2e-6, RATE)
    y = x + delay.y
    delay(y)
    values = Graph(RATE, {"y": y}).compile().process({"x": np.ones(6)})["y"]
    np.testing.assert_array_equal(values, [1, 1, 2, 2, 3, 3])


def test_response_is_a_pure_phase():
    frequency = np.array([1e3, 1e5])
    expected = np.exp(-2j * np.pi * frequency * 3e-6)
    np.testing.assert_allclose(TransportDelay(3e-6, RATE).response(frequency, RATE), expected)


def test_refuses_less_than_half_a_sample():
    message = (
        "a TransportDelay of 400 ns is less than half a sample at 1 MHz\n"
        "  mend leave it out, or sample faster than 1.25 MHz"
    )
    with pytest.raises(ParameterError, match=f"^{re.escape(message)}$"):
        TransportDelay(0.4e-6, RATE)


def test_refuses_another_rate_than_it_was_made_for():
    delay = TransportDelay(1e-3, RATE)
    slow = Decimate(10)(Input("x"))
    wire = delay(slow)
    message = (
        r"transport_delay: a TransportDelay for 1 MHz is used at 100 kHz\n"
        r"  at   transport_delay +test_transport_delay\.py:\d+\n"
        r"  mend give it sample_rate=100000"
    )
    with pytest.raises(ParameterError, match=f"^{message}$"):
        Graph(RATE, {"y": wire})


def test_another_length_is_refused_between_chunks():
    kernel = Graph(RATE, {"y": TransportDelay(5e-6, RATE)(Input("x"))}).compile()
    message = (
        r"the new value would give transport_delay another size, clock or step\n"
        r"  at   transport_delay +test_transport_delay\.py:\d+\n"
        r"  mend make a new graph with this value, and compile it"
    )
    with pytest.raises(ParameterError, match=f"^{message}$"):
        kernel.parameters["transport_delay.seconds"] = 9e-6
