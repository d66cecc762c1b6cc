"""The command `hgedsp study`."""

import json

import numpy as np
import pytest

from hgedsp.cli.main import main
from hgedsp.studies import accuracy
from hgedsp.studies.catalogue import STUDIES


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    monkeypatch.setattr(accuracy, "_WINDOWS", {1: 8 * 400})


def test_accuracy_is_carried_out_and_recorded(tmp_path, capsys):
    status = main(["study", "accuracy", "--quick", "--json", "--output", str(tmp_path)])
    numbers = json.loads(capsys.readouterr().out)
    assert status == (0 if numbers["success"] else 1)
    assert len(numbers["cases"]) == 18
    assert {case["repeats"] for case in numbers["cases"]} == {400, 100}
    with np.load(tmp_path / "record.npz") as record:
        assert record["case_17_bias_measured_A_per_V"].shape == (1,)
    assert (tmp_path / "result.png").stat().st_size > 10_000


def test_stopping_early_keeps_what_was_measured(monkeypatch, capsys):
    real, calls = accuracy.measure, []

    def stopped(subject, *more):
        calls.append(subject)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(subject, *more)

    monkeypatch.setattr(accuracy, "measure", stopped)
    assert main(["study", "accuracy", "--quick"]) == 130
    text = capsys.readouterr().out
    assert "of 9 cases agree" in text
    assert text.rstrip().endswith("FAILED")


def test_an_unknown_study_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["study", "accurracy"])
    assert "invalid choice" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["train", "true"], *(["study", name] for name in STUDIES), ["reproduce", "noise"]]
)
def test_a_seed_below_zero_is_refused_before_the_work(capsys, words):
    assert main([*words, "--seed", "-1"]) == 2
    assert capsys.readouterr().err == (
        f"error: ParameterError: {words[0]} needs a whole number of at least 0 for seed, got -1\n"
        "  mend give seed a whole number of at least 0\n"
    )


@pytest.mark.parametrize(
    ("study", "text"),
    [
        ("hard_gates", "a gate needs two inputs and a control, but the device has 2 electrode(s)"),
        ("newton", "the study has two inputs and 5 controls, but the device has 2 electrode(s)"),
        ("in_materia", "a gate needs two inputs and a control, but the device has 2 electrode(s)"),
        ("hopping", "{file} is no hopping network"),
    ],
)
def test_a_device_that_does_not_fit_is_refused(tmp_path, capsys, study, text):
    file = tmp_path / "two.npz"
    layers = {"weight_0": np.ones((1, 2)), "weight_1": np.ones((1, 1))}
    biases = {"bias_0": np.zeros(1), "bias_1": np.zeros(1)}
    scales = {"offset": np.zeros(2), "amplitude": np.ones(2), "amplification": 1.0}
    np.savez(file, activation="tanh", **layers, **biases, **scales)
    assert main(["study", study, "--quick", "--device", str(file)]) == 2
    assert text.format(file=file) in capsys.readouterr().err
