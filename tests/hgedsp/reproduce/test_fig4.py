from dataclasses import replace

import numpy as np
import pytest

from hgedsp.devices import load_device
from hgedsp.errors import ParameterError, import_extra
from hgedsp.reproduce import fig4
from hgedsp.reproduce.fig4 import Figure4, run, without_ramps
from hgedsp.train.classifier import train_classifier
from hgedsp.train.gate import train_gate
from hgedsp.train.race import Race


@pytest.fixture(scope="module")
def figure():
    device = load_device("rnpu")
    gate = train_gate("or", device, device_name="rnpu", seed=1, progress=False)
    race = Race(stages=((2, 2, 1.0),), max_epochs=4)
    sphere = train_classifier("sphere", device, seed=1, race=race, progress=False)
    return Figure4("rnpu", 1, (gate, gate), sphere)


def test_ramps_are_cut_out(figure):
    gate = figure.gates[0]
    time, current = without_ramps(gate)
    assert current.size == 4 * gate.setup.plateau
    assert time[-1] == pytest.approx((current.size - 1) / gate.setup.sample_rate)
    levels = current.reshape(4, -1).mean(axis=1)
    # Without the ramps nothing but noise parts the trace from the noise-free levels.
    np.testing.assert_allclose(levels, gate.output_nA, atol=0.5)


def test_what_does_not_work_is_said(figure):
    assert figure.success == (figure.sphere.success and figure.gates[0].success)
    outcome = "all of it works" if figure.success else "NOT all of it works"
    assert outcome in figure.text()


def test_the_table_names_what_the_caption_gives(figure):
    text = figure.text()
    assert "77 K (caption of figure 4)" in text
    assert "15 ms (caption of figure 4)" in text


def test_it_is_drawn(figure, tmp_path):
    matplotlib_figure = import_extra("matplotlib.figure", "plot", "this test")
    drawing = matplotlib_figure.Figure(layout="constrained")
    figure.draw(drawing)
    drawing.savefig(tmp_path / "fig4.png")
    assert (tmp_path / "fig4.png").stat().st_size > 10_000


def test_a_device_without_a_control_for_the_sphere_is_refused_before_the_gates(tmp_path):
    layers = {"weight_0": np.ones((1, 3)), "weight_1": np.ones((1, 1))}
    biases = {"bias_0": np.zeros(1), "bias_1": np.zeros(1)}
    scales = {"offset": np.zeros(3), "amplitude": np.ones(3), "amplification": 1.0}
    np.savez(tmp_path / "three.npz", activation="tanh", **layers, **biases, **scales)
    with pytest.raises(ParameterError, match=r"^3 electrodes leave no control beside 3 inputs"):
        run(device=str(tmp_path / "three.npz"), seed=0, quick=True, progress=False)


@pytest.mark.parametrize("finished", [0, 1, 3])
def test_gates_that_were_trained_before_ctrl_c_are_told(figure, monkeypatch, finished):
    gate, left = figure.gates[0], [False] * finished + [True]

    def trained(*_, **__):
        return replace(gate, interrupted=left.pop(0))

    monkeypatch.setattr(fig4, "train_gate", trained)
    found = run(device=None, seed=0, quick=True, progress=False)
    assert not left
    assert found.interrupted
    assert not found.success
    assert found.text().endswith(
        f"{finished} of 6 gates were trained, the sphere was not trained (device rnpu, seed 0)"
    )
    assert ("gates that work" in found.text()) == (finished > 0)
    assert found.numbers()["sphere"] is None
    assert all(name.startswith("or_") for name in found.arrays())
    drawing = import_extra("matplotlib.figure", "plot", "this test").Figure(layout="constrained")
    found.draw(drawing)
