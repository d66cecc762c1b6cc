"""Networks of devices: the graph against NumPy, and gradients through two devices at once."""

import re
from dataclasses import replace

import numpy as np
import pytest

from hgedsp.blocks import Delay, PolynomialDevice, SurrogateDevice
from hgedsp.errors import ParameterError
from hgedsp.graphs import DeviceNetwork, NetworkNode, NetworkSetup, SignalPath, network_per_epoch
from hgedsp.hge import find_collisions

PARITY = [0, 1, 1, 0, 1, 0, 0, 1]


def device(seed, electrodes=4):
    draw = np.random.default_rng(seed).normal
    return SurrogateDevice(
        [0.8 * draw(size=(6, electrodes)), draw(size=(1, 6))],
        [0.5 * draw(size=6), np.zeros(1)],
        "tanh",
        offset=0.1,
        amplitude=np.linspace(0.8, 1.1, electrodes),
        amplification=1e-8,
    )


def network():
    """Two hidden devices, and one that takes both and an input; seven controls."""
    return DeviceNetwork(
        [
            NetworkNode(device(1), {1: 0, 2: 1}, zero=2e-9, span=4e-8),
            NetworkNode(device(2), {0: 1, 3: 2}, zero=0.0, span=4e-8),
            NetworkNode(device(3, 5), {4: 0}, {2: 0, 0: 1}),
        ]
    )


@pytest.fixture(scope="module")
def trained():
    """The setup, and a kernel that has seen one epoch."""
    net = network()
    share = np.random.default_rng(4).uniform(-0.7, 0.7, len(net.controls))
    setup = NetworkSetup(net, PARITY, net.middle + share * net.half_range, noise=0.0)
    kernel = network_per_epoch(setup).compile(probes={"demodulate/average.y": 1})
    return setup, kernel.process(setup.epoch)


def test_controls_are_what_nothing_drives():
    assert network().controls == ((0, 0), (0, 3), (1, 1), (1, 2), (2, 1), (2, 3))
    assert network().inputs == 3


def test_levels_are_those_of_the_network_in_numpy(trained):
    setup, out = trained
    levels = 1e9 * setup.network.currents(setup.cases, setup.initial)[:, -1]
    # Tones of 2 % of half a range shift a mean level by a^2/4 times the curvature.
    np.testing.assert_allclose(out["levels"][0], levels, atol=1e-3 * np.ptp(levels))


def test_derivatives_for_all_controls_of_all_devices_come_at_once(trained):
    setup, out = trained
    net, start, h = setup.network, np.asarray(setup.initial), 1e-5

    def output(controls):
        return 1e9 * net.currents(setup.cases, controls)[:, -1]

    rows = [(output(start + h * e) - output(start - h * e)) / (2 * h) for e in np.eye(start.size)]
    expected = np.array(rows).T
    scale = np.abs(expected).max()
    assert np.abs(expected[:, :2]).max() > 0.01 * scale  # a hidden device does count
    # The third derivatives of tanh, at amplitudes of 2 % of half a range.
    np.testing.assert_allclose(out["demodulate/average.y"], expected, atol=3e-3 * scale)


def test_a_known_delay_of_the_output_changes_nothing(trained):
    setup, out = trained
    path = SignalPath([Delay(90)], delay=90 / setup.sample_rate)
    late = replace(setup, path=path, settle=90)
    kernel = network_per_epoch(late).compile(probes={"demodulate/average.y": 1})
    found = kernel.process(late.epoch)
    for name in ("levels", "demodulate/average.y", "controls"):
        size = np.abs(out[name]).max()
        np.testing.assert_allclose(found[name], out[name], rtol=0, atol=1e-9 * size)
    with pytest.raises(ParameterError, match=r"(?s)late by 90 samples.*settle=90"):
        replace(late, settle=40)


def test_tones_keep_off_each_others_products(trained):
    setup, _ = trained
    bins = np.asarray(setup.tones().frequency) * setup.plateau / setup.sample_rate
    whole = np.round(bins).astype(int)
    np.testing.assert_allclose(bins, whole, rtol=1e-12)
    assert len(find_collisions(whole, setup.plateau, 3)) == 0


def test_amplifier_saturates_at_the_range_of_the_driven_electrode():
    net = network()
    strong = DeviceNetwork([NetworkNode(device(1), {1: 0, 2: 1}, span=1e-15), *net.nodes[1:]])
    cases = NetworkSetup(net, PARITY, net.middle).cases
    shifted = net.middle + 0.001
    # Whatever the first device gives, the third sees an end of the range of its electrode.
    hidden = strong.currents(cases, shifted)[:, 0]
    voltage = np.tile(net.nodes[2].middle(range(5)), (8, 1))
    voltage[:, [1, 3]] += 0.001
    voltage[:, 4] += net.nodes[2].half_range([4]) * cases[:, 0]
    voltage[:, 2] += net.nodes[2].half_range([2]) * np.sign(hidden)
    second = strong.currents(cases, shifted)[:, 1]
    voltage[:, 0] += net.nodes[2].half_range([0]) * np.clip(second / 4e-8, -1, 1)
    np.testing.assert_allclose(
        strong.currents(cases, shifted)[:, 2], device(3, 5).current(voltage), rtol=1e-12
    )


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_fitted_amplifiers_reach_their_limits_at_a_share_of_the_swing(share):
    net = network()
    cases = NetworkSetup(net, PARITY, net.middle).cases
    controls = net.middle + 0.3 * net.half_range
    fitted = net.fitted(cases, controls, share)
    currents = fitted.currents(cases, controls)
    zero = np.array([node.zero for node in fitted.nodes])
    span = np.array([node.span for node in fitted.nodes])
    driven = (currents - zero) / span
    np.testing.assert_allclose(driven.max(axis=0), 1.0 / share, rtol=1e-9)
    np.testing.assert_allclose(driven.min(axis=0), -1.0 / share, rtol=1e-9)


def test_fitted_amplifiers_leave_noise_alone():
    net = network()
    cases = np.ones((8, 3))  # nothing moves
    spans = [node.span for node in net.fitted(cases, net.middle).nodes]
    np.testing.assert_allclose(spans, [0.01 * node.span for node in net.nodes], rtol=1e-12)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda: NetworkNode(device(1), {1: 0}, {1: 0}),
            "electrodes [1] are driven by an input and by a device\n"
            "  mend let each electrode be driven by one of them",
        ),
        (
            lambda: DeviceNetwork([NetworkNode(device(1), {}, {1: 0})]),
            "electrode 1 of device 0 is driven by device 0, which does not come before it\n"
            "  mend put devices in the order in which signals go through them",
        ),
        (
            lambda: NetworkNode(PolynomialDevice([1.0, 2.0])),
            "PolynomialDevice cannot stand in a network: it has no current(), lower, upper\n"
            "  mend use SurrogateDevice, or give your device these three",
        ),
        (
            lambda: NetworkSetup(network(), [0, 1, 1, 0], network().middle),
            "a network of 3 input(s) has 8 cases, but there are 4 targets\n"
            "  mend give one target, 0 or 1, for each combination of the inputs",
        ),
    ],
)
def test_refuses(make, text):
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        make()
