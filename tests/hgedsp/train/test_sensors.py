"""Devices that adapt, networks and analog circuits, trained: small runs of the whole way."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from hgedsp.blocks import PolynomialDevice, SurrogateDevice
from hgedsp.errors import ParameterError
from hgedsp.graphs import Tolerances
from hgedsp.train.adaptive import Drift, train_adaptive
from hgedsp.train.candidates import correlation_losses
from hgedsp.train.circuits import Circuits
from hgedsp.train.in_materia import train_in_materia
from hgedsp.train.network import PARITY, _Searcher, make_network, train_network
from hgedsp.train.result import Policy
from hgedsp.train.spread import current_spread


def device():
    """A small one that nearly is an AND: it leaks on two inputs, and has a knee that one moves."""
    weight = np.array(
        [[0.3, 1.5, 1.4, -0.8, 0.5, 1.0, -0.4], [0.9, -0.3, 0.4, 1.1, -0.7, 0.2, 0.6]]
    )
    return SurrogateDevice(
        [weight, np.array([[1.0, 0.3]])],
        [np.array([-0.5, 0.2]), np.zeros(1)],
        "softplus",
        amplification=1e-8,
    )


def draws(result):
    """Draw onto a figure, if there is matplotlib."""
    figure = pytest.importorskip("matplotlib.figure").Figure(figsize=(11, 7))
    result.draw(figure)
    assert figure.axes


@pytest.fixture(scope="module")
def adapted():
    draw = np.random.default_rng(1).normal
    bumpy = SurrogateDevice(
        [0.8 * draw(size=(6, 5)), draw(size=(1, 6))],
        [0.5 * draw(size=6), np.zeros(1)],
        "tanh",
        amplification=1e-8,
    )
    drift = Drift(0.1, 0.1, cycles=200)
    return train_adaptive(bumpy, gate="and", seed=0, drift=drift, progress=False)


def test_a_sensor_that_adapts_loses_less_than_one_left_alone(adapted):
    assert adapted.trained.margin_nA > 1.0
    assert adapted.ratio("adapting") <= 1.2
    assert adapted.ratio("left alone") > 1.5
    assert adapted.success
    assert set(adapted.watches) == {"still", "adapting", "left alone"}


def test_left_alone_means_that_controls_and_trims_stay(adapted):
    alone = adapted.watches["left alone"]
    for values in (alone.controls_V, alone.trims_V):
        np.testing.assert_allclose(values, np.tile(values[0], (200, 1)), rtol=1e-12)


def test_a_sensor_that_hardly_works_is_no_success(adapted):
    lame = replace(adapted.watches["adapting"], margin_nA=np.repeat([0.5, 2.0], [20, 180]))
    assert not replace(adapted, watches={**adapted.watches, "adapting": lame}).success


def test_without_a_gate_there_is_no_sensor():
    blind = SurrogateDevice([np.ones((1, 5))], [np.zeros(1)], "relu", amplification=1e-9)
    result = train_adaptive(blind, gate="xor", seed=0, drift=Drift(cycles=2), progress=False)
    assert not result.success
    assert not result.watches
    assert result.text().startswith("adaptive XOR: no working gate to begin with, margin -")
    assert "NaN" not in json.dumps(result.numbers())
    draws(result)


def test_a_device_whose_current_never_differs_is_refused():
    dead = SurrogateDevice([np.ones((1, 5)), np.ones((1, 1))], [-np.full(1, 99.0), np.zeros(1)])
    text = "train_adaptive needs current_spread above 0 nA, got 0.0 nA"
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}"):
        train_adaptive(dead, progress=False)


def test_ratio_is_that_of_the_mean_losses(adapted):
    loss = {name: watch.loss_nA2.mean() for name, watch in adapted.watches.items()}
    assert adapted.ratio("adapting") == loss["adapting"] / loss["still"]
    numbers = json.loads(json.dumps(adapted.numbers()))
    assert numbers["loss_ratio_left_alone"] == loss["left alone"] / loss["still"]
    arrays = adapted.arrays()
    assert arrays["drift_V"].shape == (200, 5)
    assert arrays["gate_loss"].shape == (adapted.trained.epochs,)
    draws(adapted)


def test_a_sensor_that_was_stopped_tells_no_ratio(adapted):
    stopped = replace(adapted, watches={"still": adapted.watches["still"]}, interrupted=True)
    assert stopped.text().startswith("adaptive AND: stopped before losses could be compared\n")
    assert "NaN" not in json.dumps(stopped.numbers())
    draws(stopped)


def test_drift_walks_as_far_as_asked_and_jumps_once():
    half = np.array([1.0, 0.5])
    walks = [Drift(0.1, 0.0, 400).draw(half, np.random.default_rng(s))[-1] for s in range(300)]
    # 300 draws: 4 % of the deviation, three times.
    np.testing.assert_allclose(np.std(walks, axis=0), 0.1 * half, rtol=0.13)
    jump = Drift(0.0, 0.2, 10).draw(half, np.random.default_rng(0))
    np.testing.assert_array_equal(jump[:5], 0.0)
    np.testing.assert_allclose(np.abs(jump[5:]), np.tile(0.2 * half, (5, 1)))


def test_circuits_of_one_seed_do_the_same_alone_and_beside_others():
    small = device()
    start = np.random.default_rng(3).uniform(-1, 1, (2, 5))
    off = Tolerances(offset=0.001, gain=0.1)
    both = Circuits(small, "and", 2).learn(off, [4, 5], start, 20)
    alone = Circuits(small, "and", 1).learn(off, [5], start[1:], 20)
    np.testing.assert_array_equal(both.controls_V[1], alone.controls_V[0])
    assert not np.array_equal(both.loss_V[0], both.loss_V[1])


def test_analog_parts_learn_a_gate():
    result = train_in_materia(device(), gate="and", seed=0, progress=False)
    assert result.success
    assert result.margin_nA > 1.0
    best = result.best.final_nA[0]
    assert result.margin_nA == best[3] - max(best[:3])
    assert json.loads(json.dumps(result.numbers()))["starts"] == len(result.starts)
    assert result.arrays()["loss_V"].shape == (300 * len(result.starts),)
    draws(result)


def test_a_network_is_trained_and_compared_with_one_device():
    policy = Policy(max_epochs=6, epochs_per_start=3, stop_nA=1e6)
    result = train_network(
        device(), layout="2-1", seed=0, policy=policy, alone_starts=1, progress=False
    )
    assert (result.found.starts, len(result.found.loss), result.alone.starts) == (2, 6, 1)
    assert result.success == (result.found.margin_nA > 1.0)
    for search in (result.found, result.alone):
        assert (search.successes > 0) == (search.margin_nA > 1.0)
    # What is told is the best epoch, measured without noise and perturbation.
    best = int(np.argmax(result.found.margins_nA))
    np.testing.assert_array_equal(result.found.controls_V, result.found.history_V[best])
    levels = result.currents_nA[:, -1]
    high = np.asarray(result.setup.target) > 0
    assert result.found.margin_nA == levels[high].min() - levels[~high].max()
    assert result.found.margin_nA == pytest.approx(result.found.margins_nA[best], abs=0.3)
    settings = json.loads(json.dumps(result.numbers()))["settings"]
    hidden, _ = result.setup.network.nodes
    np.testing.assert_allclose(settings["amplifiers_nA"], [[1e9 * hidden.zero, 1e9 * hidden.span]])
    again = result.setup.network.currents(result.setup.cases, result.found.controls_V)
    np.testing.assert_array_equal(1e9 * again, result.currents_nA)
    draws(result)


def test_a_start_of_a_network_is_the_best_of_its_candidates():
    network = make_network(device(), "2-1")
    one, many = (_Searcher(network, 0, Policy(max_epochs=1, candidates=count)) for count in (1, 40))
    losses = [
        correlation_losses(each.levels(each.candidate())[None], PARITY)[0] for each in (one, many)
    ]
    assert losses[1] < losses[0] - 0.05


def test_amplifiers_of_a_network_fit_the_currents_of_the_device():
    zero, spread = current_spread(device())
    node = make_network(device(), "2-2-1").nodes[0]
    assert (node.zero, node.span) == (zero, 2 * spread)


def of_electrodes(count):
    weights = [np.ones((2, count)), np.ones((1, 2))]
    return SurrogateDevice(weights, [np.zeros(2), np.zeros(1)], "tanh")


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: train_network(device(), layout="9"),
            "no layout is named '9'\n  mend choose one of 2-2-1, 2-1, 1",
        ),
        (
            lambda: train_network(of_electrodes(3)),
            "the layout 2-2-1 is for devices with 4 electrodes or more, this one has 3\n"
            "  mend take a device with more electrodes",
        ),
        *(
            (
                lambda train=train: train(of_electrodes(1)),
                "a gate needs two inputs and a control, but the device has 1 electrode(s)\n"
                "  mend take a device with three electrodes or more",
            )
            for train in (train_adaptive, train_in_materia)
        ),
        (
            lambda: Drift(walk=-1.0),
            "drift needs walk of at least 0, got -1.0\n  mend give walk zero or a positive number",
        ),
    ],
)
def test_refuses(call, text):
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        call()


@pytest.mark.parametrize(
    ("train", "role"),
    [
        (train_adaptive, "be trained to an adaptive sensor"),
        (train_in_materia, "be trained in materia"),
        (train_network, "be trained in a network"),
    ],
)
def test_a_device_that_only_a_graph_can_evaluate_is_refused(train, role):
    text = (
        f"PolynomialDevice cannot {role}: it has no current(), lower, upper\n"
        "  mend use SurrogateDevice, or give your device these three"
    )
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        train(PolynomialDevice(np.ones(7)), progress=False)
