"""The study of the hopping network: what it says, keeps and draws."""

import json

import numpy as np
import pytest
from matplotlib.figure import Figure

from hgedsp.devices import load_device
from hgedsp.errors import ParameterError
from hgedsp.studies import hopping
from hgedsp.studies.hopping_picture import draw_network


@pytest.fixture(scope="module")
def result():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hopping, "SITES", 5)
        return hopping.run(device=None, seed=1, quick=True, progress=False)


def test_tells_errors_of_mean_field_and_surrogate(result):
    assert 1e-5 < result.mean_field_error("alone") < 0.05
    assert result.mean_field_error("alone") < result.mean_field_error("repelling") < 0.5
    assert result.random.error_nA < 0.03 * result.random.device_nA.std()
    assert 1 < result.sample_us < 200
    assert "one sample of 30 sites:" in result.text()
    numbers = json.loads(json.dumps(result.numbers()))
    assert numbers["surrogate_error_nA"] == result.random.error_nA
    assert numbers["success"] == (result.sample_us <= 20)


def test_keeps_all_that_was_measured(result):
    arrays = result.arrays()
    assert arrays["device_sweep_nA"].shape == (7, 101)
    assert arrays["exact_alone_nA"].shape == arrays["mean_field_alone_nA"].shape == (40,)
    exact = 1e9 * load_device("hopping").current(arrays["voltage_V"])
    np.testing.assert_allclose(arrays["device_nA"], exact, atol=1e-9)


def test_sweeps_turn_back(result):
    step = np.diff(result.swept.device_nA, axis=1)
    rise, fall = np.maximum(step, 0).sum(axis=1), np.maximum(-step, 0).sum(axis=1)
    assert np.minimum(rise, fall).max() > 1.0


def test_picture_has_a_place_for_each_comparison(result):
    figure = Figure(figsize=(11, 7), layout="constrained")
    result.draw(figure)
    titles = {axes.get_title() for axes in figure.axes}
    assert {"Sites, contacts, currents", "Mean field"} <= titles


def test_network_is_drawn_with_its_output_current():
    device = load_device("hopping")
    axes = Figure().add_subplot()
    voltage = np.full(7, 0.3)
    draw_network(axes, device.network, voltage)
    shown = f"out\n{1e9 * device.current(voltage):.1f} nA"
    assert shown in [text.get_text() for text in axes.texts]


def test_a_stopped_study_tells_what_there_is(monkeypatch):
    real, calls = hopping.exact, []

    def stopped(*arguments):
        calls.append(arguments)
        if len(calls) == 6:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(hopping, "SITES", 5)
    monkeypatch.setattr(hopping, "exact", stopped)
    found = hopping.run(device=None, seed=1, quick=True, progress=False)
    assert found.interrupted
    assert not found.success
    assert [line.split("rms ")[1] for line in found.text().splitlines()[1:]] == [
        "of 40 currents",
        "of 10 currents",
    ]
    assert set(found.arrays()) == {
        "exact_alone_nA",
        "mean_field_alone_nA",
        "exact_repelling_nA",
        "mean_field_repelling_nA",
    }
    figure = Figure()
    found.draw(figure)
    assert [axes.get_title() for axes in figure.axes] == ["Mean field"]


def test_refuses_a_surrogate():
    with pytest.raises(ParameterError, match=r"^rnpu is no hopping network\n  mend name hopping"):
        hopping.run(device="rnpu", seed=0, quick=True, progress=False)
