"""Ctrl-C in studies and reproduced figures: what was measured is told, and nothing else."""

import itertools
import json
import pkgutil

import numpy as np
import pytest

from hgedsp.cli.main import main
from hgedsp.reproduce import fig3
from hgedsp.studies import hopping, plans

# A command, and where it is stopped: in a function of that name, after so many calls of it.
STOPS = [
    ("reproduce fig3", "hgedsp.reproduce.fig3:smoothed_by_all", 0),
    ("reproduce fig3", "hgedsp.run.many:Runs.process", 0),
    ("reproduce fig3", "hgedsp.run.many:Runs.process", 1),
    ("reproduce fig3", "hgedsp.run.many:Runs.process", 2),
    ("reproduce fig3", "hgedsp.run.many:Runs.process", 13),
    ("reproduce fig3", "hgedsp.run.many:Runs.process", 32),
    ("reproduce noise", "hgedsp.graph.graph:Graph.compile", 0),
    ("reproduce noise", "hgedsp.run.kernel:Kernel.run", 0),
    ("reproduce noise", "hgedsp.run.kernel:Kernel.run", 1),
    ("reproduce fig4", "hgedsp.train.gate:GateTraining.epoch", 0),
    ("reproduce fig4", "hgedsp.train.gate:GateTraining.epoch", 12),
    ("reproduce fig4", "hgedsp.train.gate:prepare_gate", 2),
    ("reproduce fig4", "hgedsp.reproduce.fig4:train_classifier", 0),
    ("reproduce fig4", "hgedsp.train.classifier:_Training.epoch", 0),
    ("reproduce fig4", "hgedsp.train.classifier:_Training.epoch", 5),
    ("study plans", "hgedsp.studies.plans:plan_tones", 0),
    ("study plans", "hgedsp.studies.plans:smoothed_by_all", 0),
    ("study plans", "hgedsp.studies.plans:smoothed_by_all", 1),
    ("study plans", "hgedsp.studies.plans:smoothed_by_all", 21),
    ("study plans", "hgedsp.studies.plans:simulate_full_band", 0),
    ("study hopping", "hgedsp.studies.hopping:exact", 0),
    ("study hopping", "hgedsp.studies.hopping:exact", 5),
    ("study hopping", "hgedsp.studies.hopping:sample_us", 0),
    ("study hopping", "hgedsp.studies.hopping:Currents", 0),
    ("study hopping", "hgedsp.studies.hopping:Currents", 1),
    ("study gates", "hgedsp.studies.gates:train_gate", 0),
    ("study gates", "hgedsp.train.gate:GateTraining.epoch", 5),
    ("study gates", "hgedsp.train.gate:prepare_gate", 4),
]


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    monkeypatch.setattr(fig3, "SHORT", 10)
    monkeypatch.setattr(plans, "_RANDOM_POINTS", 256)
    monkeypatch.setattr(hopping, "SITES", 4)


def stop(monkeypatch, place, calls):
    """Let Ctrl-C come in a function, after so many calls."""
    real, count = pkgutil.resolve_name(place), itertools.count()

    def stopped(*arguments, **options):
        if next(count) >= calls:
            raise KeyboardInterrupt
        return real(*arguments, **options)

    monkeypatch.setattr(place.replace(":", "."), stopped)


def refuse(constant):
    raise AssertionError(f"{constant} is no JSON")


@pytest.mark.parametrize(("command", "place", "calls"), STOPS)
def test_what_was_measured_is_delivered(monkeypatch, tmp_path, capsys, command, place, calls):
    stop(monkeypatch, place, calls)
    assert main([*command.split(), "--quick", "--json", "--output", str(tmp_path)]) == 130
    out, err = capsys.readouterr()
    numbers = json.loads(out, parse_constant=refuse)
    assert numbers["interrupted"] is True
    assert numbers["success"] is False
    assert err.rstrip().endswith("stopped early; what was measured so far is kept")
    assert (tmp_path / "result.png").exists()
    with np.load(tmp_path / "record.npz") as record:
        for name in record.files:
            values = record[name]
            assert values.dtype.kind != "f" or np.isfinite(values).all(), name
