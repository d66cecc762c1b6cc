"""The study of gates: what it counts is what the trainings found."""

import json

import numpy as np
import pytest

from hgedsp.cli.main import main
from hgedsp.devices import load_device
from hgedsp.studies import gates
from hgedsp.studies.gates import Cell, GatesResult
from hgedsp.train.gate import train_gate


def cell(works):
    works = np.array(works, dtype=bool)
    count = works.size
    ones = np.ones(count)
    return Cell("or", "epoch", works, 3 * ones, np.full(count, 4), np.full(count, 1), ones)


def test_counts_what_the_trainings_found(monkeypatch):
    monkeypatch.setattr(gates, "SIX", ("or",))
    result = gates.run(device=None, seed=4, quick=True, progress=False)
    assert [(each.gate, each.mode) for each in result.cells] == [
        ("or", "epoch"),
        ("or", "continuous"),
    ]
    assert result.seeds == (4, 5, 6)
    alone = train_gate("or", load_device("rnpu"), seed=5, progress=False)
    assert result.cells[0].epochs[1] == alone.epochs
    assert result.cells[0].measured_s[1] == pytest.approx(alone.samples / 10e3)
    assert result.success
    assert "or    epoch       3 of 3" in result.text()
    assert result.text().endswith("every gate works for at least 3 of 3 seeds, in both modes")
    json.dumps(result.numbers())
    assert result.arrays()["works"].shape == (2, 3)
    figure = pytest.importorskip("matplotlib.figure").Figure()
    result.draw(figure)
    assert len(figure.axes) == 2


def test_the_command_delivers_what_was_found(monkeypatch, capsys):
    monkeypatch.setattr(gates, "SIX", ("or",))
    assert main(["study", "gates", "--quick", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["study"], found["device"], found["seeds"]) == ("gates", "rnpu", [0, 1, 2])
    assert [each["works"] for each in found["gates"]] == [3, 3]


@pytest.mark.parametrize(("working", "enough"), [(10, True), (8, True), (7, False)])
def test_eight_of_ten_are_enough(working, enough):
    found = cell([1] * working + [0] * (10 - working))
    result = GatesResult("none", tuple(range(10)), (cell([1] * 10), found))
    assert result.success is enough
    assert ("NOT every gate" in result.text()) is not enough
    assert result.text().endswith("works for at least 8 of 10 seeds, in both modes")


def test_an_interrupted_study_reaches_nothing():
    assert not GatesResult("none", (0,), (), interrupted=True).success
    found = GatesResult("none", (0, 1, 2), (cell([1, 1, 1]), cell([1, 0, 1])), interrupted=True)
    assert found.text().endswith(
        "so far 1 of 2 gates, counted in each mode, work for at least 3 of 3 seeds"
    )
