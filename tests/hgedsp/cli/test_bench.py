"""``hgedsp bench``."""

from __future__ import annotations

import json
import os
import sys

import numba
import pytest

from hgedsp.benchmarks import suite
from hgedsp.benchmarks.suite import Workload
from hgedsp.benchmarks.timing import Candidate, measure
from hgedsp.cli.main import main


@pytest.fixture
def instead(monkeypatch):
    """Two small workloads in place of all; tells what effort they were asked for."""
    efforts = []

    def run(effort):
        efforts.append(effort)
        candidates = [Candidate("hgedsp", lambda: None, 1), Candidate("C", lambda: None, 1)]
        yield measure("first", {"K": 1}, candidates, rounds=effort.rounds, seconds=1e-6)

    workloads = {"first": Workload("The first", run), "second": Workload("The second", run)}
    for name in list(suite.WORKLOADS):
        monkeypatch.delitem(suite.WORKLOADS, name)
    for name, workload in workloads.items():
        monkeypatch.setitem(suite.WORKLOADS, name, workload)
    return efforts


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="takes minutes in plain Python")
def test_quick_json_of_one_workload(capsys):
    assert main(["bench", "--only", "many_runs", "--quick", "--rounds", "1", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    one = facts["results"][0]
    assert one["workload"] == "many_runs"
    assert one["case"] == {"K": 7, "runs": 1}
    assert one["median"]["hgedsp"] > 0
    assert not [note for note in one["notes"] if "void" in note]


def test_a_table_is_printed(instead, capsys):
    assert main(["bench", "--only", "first"]) == 0
    out = capsys.readouterr().out
    assert "\nThe first\n  K  hgedsp" in out
    (effort,) = instead
    assert (effort.rounds, effort.quick) == (7, False)


def test_all_workloads_are_run_unless_some_are_named(instead):
    assert main(["bench", "--quick", "--rounds", "2"]) == 0
    assert [(effort.rounds, effort.quick) for effort in instead] == 2 * [(2, True)]


def test_markdown_and_picture_are_written(instead, tmp_path):
    pytest.importorskip("matplotlib", reason="the extra plot is not installed")
    page, picture = tmp_path / "performance.md", tmp_path / "speed.png"
    line = ["bench", "--only", "first", "--markdown", str(page), "--plot", str(picture)]
    assert main(line) == 0
    assert page.read_text(encoding="utf-8").startswith("# Performance\n")
    assert picture.exists()


def test_a_missing_matplotlib_is_told_before_the_measurements(instead, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert main(["bench", "--plot", "speed.png"]) == 2
    expected = (
        "error: MissingExtraError: drawing benchmarks needs the package matplotlib, which is not "
        'installed\n  mend type: pip install "hgedsp[plot]"\n'
    )
    assert capsys.readouterr().err == expected
    assert instead == []


def test_no_rounds_are_refused(instead, capsys):
    assert main(["bench", "--rounds", "0"]) == 2
    assert "bench needs a whole number of at least 1 for rounds, got 0" in capsys.readouterr().err
    assert instead == []


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="needs threads kept to cores")
def test_the_cores_are_as_they_were_after_a_run(instead):
    before = os.sched_getaffinity(0)
    assert main(["bench", "--only", "first"]) == 0
    assert os.sched_getaffinity(0) == before
