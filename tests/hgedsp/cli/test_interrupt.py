"""Ctrl-C in studies and reproduced figures: what was measured is told, and nothing else."""

import itertools
import json
import pkgutil
import re

import numpy as np
import pytest

from hgedsp.cli import reproduce, study
from hgedsp.cli.deliver import deliver
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
    ("study hard_gates", "hgedsp.studies.hard_gates:measure", 0),
    ("study hard_gates", "hgedsp.studies.hard_gates:measure", 1),
    ("study newton", "hgedsp.studies.newton:_descend", 0),
    ("study newton", "hgedsp.studies.newton:_descend", 5),
    ("study newton", "hgedsp.studies.newton:_descend", 7),
    ("study in_materia", "hgedsp.studies.in_materia:Circuits", 0),
    ("study in_materia", "hgedsp.train.circuits:Circuits.learn", 0),
    ("study in_materia", "hgedsp.train.circuits:Circuits.learn", 4),
    ("study estimators", "hgedsp.studies.estimators:_measure", 0),
    ("study estimators", "hgedsp.studies.estimators:_measure", 3),
    ("study estimators", "hgedsp.studies.estimators:_measure", 9),
    ("study accuracy", "hgedsp.studies.accuracy:measure", 0),
    ("study accuracy", "hgedsp.studies.accuracy:measure", 1),
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


@pytest.mark.parametrize(("command", "place", "calls"), STOPS)
def test_what_was_measured_is_delivered(monkeypatch, tmp_path, capsys, command, place, calls):
    delivered = []
    for module in (study, reproduce):
        monkeypatch.setattr(module, "deliver", lambda *a: delivered.append(a[0]) or deliver(*a))
    stop(monkeypatch, place, calls)
    assert main([*command.split(), "--quick", "--output", str(tmp_path)]) == 130
    out, err = capsys.readouterr()
    assert err.rstrip().endswith("stopped early; what was measured so far is kept")
    assert not re.search(r"\b(nan|inf)\b", out)
    numbers = json.loads(json.dumps(delivered[0].numbers(), allow_nan=False))
    assert numbers["interrupted"] is True
    assert numbers["success"] is False
    assert (tmp_path / "result.png").exists()
    with np.load(tmp_path / "record.npz") as record:
        for name in record.files:
            values = record[name]
            assert values.dtype.kind != "f" or not np.isnan(values).any(), name
