"""Classifiers on simulated devices: trained, tested on fresh points, the same for the same seed."""

import re
from dataclasses import replace

import numba
import numpy as np
import pytest

from hgedsp.blocks import PolynomialDevice
from hgedsp.devices import load_device
from hgedsp.errors import ParameterError
from hgedsp.graphs.classification import voltages
from hgedsp.train.classifier import train_classifier
from hgedsp.train.data_sets import DATA_SETS
from hgedsp.train.race import Race
from hgedsp.train.threshold import best_threshold

compiled_only = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="needs many samples")

SHORT = Race(stages=((4, 4, 1.0), (2, 3, 0.5)), max_epochs=25)


@pytest.fixture(scope="module")
def short():
    return train_classifier("ring", load_device("rnpu"), seed=1, race=SHORT, progress=False)


def test_default_device_learns_clouds():
    race = Race(stages=((6, 6, 1.0), (2, 20, 0.5)))
    result = train_classifier("clouds", load_device("rnpu"), seed=0, race=race, progress=False)
    assert result.success
    assert result.test_accuracy >= 0.95


@compiled_only
def test_default_device_learns_moons_that_a_straight_cut_does_not_part():
    result = train_classifier("moons", load_device("rnpu"), seed=0, progress=False)
    x = np.column_stack([result.test_points, np.ones(len(result.test_points))])
    cut = x @ np.linalg.lstsq(x, result.test_label, rcond=None)[0]
    assert best_threshold(cut, result.test_label)[1] < 0.92
    assert result.success


def test_stages_of_as_many_starts_lose_none():
    race = Race(stages=((3, 4, 1.0), (3, 4, 0.5), (1, 4, 0.5)), max_epochs=28)
    result = train_classifier("moons", load_device("rnpu"), seed=6, race=race, progress=False)
    assert result.epochs == 28
    assert result.starts == 3
    second, third = result.history.start[12:24], result.history.start[24:]
    assert set(second) == {0, 1, 2}
    last = [result.history.loss[:24][result.history.start[:24] == n][4:].mean() for n in range(3)]
    assert set(third) == {np.argmin(last)}


def test_the_race_has_the_rounds_and_epochs_it_says(short):
    # 4 starts of 4 epochs, 2 more of 3, and a second round as far as the epochs go.
    assert short.epochs == 25
    assert short.starts == 8
    np.testing.assert_array_equal(short.history.start[:16], np.repeat(np.arange(4), 4))
    halved = short.history.start[16:22]
    np.testing.assert_array_equal(halved, np.repeat([halved[0], halved[3]], 3))
    last = [short.history.loss[:16][4 * n : 4 * n + 4].mean() for n in range(4)]
    assert set(halved) == set(np.argsort(last)[:2])


def test_accuracy_is_that_of_the_device_without_noise_on_fresh_points(short):
    device = load_device("rnpu")
    table = voltages(short.test_points, short.setup.inputs, short.setup.initial)
    assert np.all((table >= device.lower - 1e-12) & (table <= device.upper + 1e-12))
    levels = 1e9 * device.current(table)
    np.testing.assert_array_equal(short.test_output_nA, levels)
    right = (levels > short.threshold_nA) == (short.test_label > 0)
    assert short.test_accuracy == np.mean(right)
    assert not set(map(tuple, short.points)) & set(map(tuple, short.test_points))


def test_fresh_points_have_no_part_in_training_or_choice(short, monkeypatch):
    ring, draws = DATA_SETS["ring"], []

    def draw(generator, label, gap):
        draws.append(label.size)
        points = ring.draw(generator, label, gap)
        return points if len(draws) == 1 else 0.1 * points  # the fresh ones: all of them inside

    monkeypatch.setitem(DATA_SETS, "ring", replace(ring, draw=draw))
    other = train_classifier("ring", load_device("rnpu"), seed=1, race=SHORT, progress=False)
    assert draws == [1024, 1000]
    assert other.test_accuracy != short.test_accuracy
    assert other.history.best == short.history.best
    assert other.threshold_nA == short.threshold_nA
    np.testing.assert_array_equal(other.ends_V, short.ends_V)


def test_same_seed_gives_the_same_run(short):
    again = train_classifier("ring", load_device("rnpu"), seed=1, race=SHORT, progress=False)
    np.testing.assert_array_equal(again.history.loss, short.history.loss)
    np.testing.assert_array_equal(again.ends_V, short.ends_V)


def test_inputs_stay_where_they_are_put():
    result = train_classifier(
        "clouds", load_device("rnpu"), inputs=(3, 0), race=SHORT, progress=False
    )
    assert result.setup.inputs == [3, 0]
    assert result.numbers()["inputs"] == [3, 0]


def test_tells_numbers_and_draws(short):
    figure_module = pytest.importorskip("matplotlib.figure")
    numbers, arrays = short.numbers(), short.arrays()
    assert numbers["test_accuracy"] == short.test_accuracy
    assert numbers["samples"] == 25 * 128 * 140
    assert arrays["loss"].shape == (25,)
    assert "RING" in short.text()
    figure = figure_module.Figure()
    short.draw(figure)
    assert len(figure.axes) == 4


def test_says_what_to_try_only_where_it_fails(short):
    high = short.test_label > 0
    right = replace(short, test_output_nA=np.where(high, 1.0, -1.0), threshold_nA=0.0)
    wrong = replace(right, test_output_nA=np.where(high, -1.0, 1.0))
    assert right.success
    assert "asked for" not in right.text()
    advice = "95% are asked for: try another seed (other starts), other inputs, another loss"
    assert wrong.text().splitlines()[-1] == f"  {advice}, a wider gap"
    moons = replace(wrong, task="moons", data=DATA_SETS["moons"])
    assert moons.text().splitlines()[-1] == f"  {advice}"
    stopped = replace(wrong, interrupted=True).text().splitlines()[-1]
    assert stopped == "  95% are asked for, and training was interrupted: let it go on"


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            {"task": "cube"},
            "no data set is named 'cube'\n  mend choose ring, moons, clouds, sphere",
        ),
        (
            {"inputs": (1, 9)},
            "classifier needs a whole number from 0 to 6 for input, got 9\n"
            "  mend give input a whole number from 0 to 6",
        ),
        (
            {"device": PolynomialDevice([1.0] * 7)},
            "PolynomialDevice cannot be trained to a classifier: it has no current(), lower, "
            "upper\n  mend use SurrogateDevice, or give your device these three",
        ),
    ],
)
def test_refuses(call, text):
    arguments = {"task": "ring", "device": load_device("rnpu"), **call}
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        train_classifier(arguments.pop("task"), arguments.pop("device"), **arguments)


def test_refuses_a_race_that_starts_come_back_to():
    text = (
        "starts cannot come back into a race, got [2, 4]\n"
        "  mend let every stage have fewer starts than the one before"
    )
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        Race(stages=((2, 1, 1.0), (4, 1, 1.0)))
