"""Campaigns: batches in processes of their own, which can be resumed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numba
import pytest

from hgedsp.fuzz import campaign as room
from hgedsp.fuzz.campaign import BATCH, ENOUGH, campaign


@pytest.fixture
def tried(monkeypatch: Any) -> list[int]:
    """Seeds that were tried, by a process that finds nothing."""
    seeds: list[int] = []

    def run(first: int, last: int, bar: Any) -> tuple[int, int]:
        seeds.extend(range(first, last))
        return last - first, 0

    monkeypatch.setattr(room, "_run_process", run)
    return seeds


def test_tries_every_seed_once(tried: list[int]) -> None:
    assert campaign(7, 2 * BATCH + 3, 2, None) == 0
    assert sorted(tried) == list(range(7, 2 * BATCH + 10))


def test_goes_on_where_it_was_stopped(tried: list[int], tmp_path: Path, monkeypatch: Any) -> None:
    log = tmp_path / "runs" / "fuzz.txt"
    campaign(0, BATCH, 1, log)
    campaign(0, 3 * BATCH, 1, log)
    assert sorted(tried) == list(range(3 * BATCH))
    monkeypatch.setattr(room, "_code_mark", lambda: "other code")
    campaign(0, BATCH, 1, log)
    assert tried[3 * BATCH :] == list(range(BATCH))


def test_a_process_that_dies_costs_one_graph(monkeypatch: Any, capsys: Any) -> None:
    def run(first: int, last: int, bar: Any) -> tuple[int, int]:
        return (5 - first, 0) if first <= 5 else (last - first, 0)

    monkeypatch.setattr(room, "_run_process", run)
    assert campaign(0, 10, 1, None) == 1
    said = capsys.readouterr().err
    assert re.search(r"seed 5: the process died or hung\n  again: .* -m hgedsp.fuzz --seed 5", said)


def test_stops_when_enough_was_found(monkeypatch: Any) -> None:
    monkeypatch.setattr(room, "_run_process", lambda first, last, bar: (last - first, ENOUGH))
    assert campaign(0, 100 * BATCH, 1, None) < 10 * ENOUGH


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="there is no machine code")
def test_the_command_runs(tmp_path: Path) -> None:
    arguments = ["--first", "3", "--graphs", "1", "--workers", "1", "--log", "done.txt"]
    done = subprocess.run(
        [sys.executable, "-m", "hgedsp.fuzz", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "1 graphs from seed 3 on: no faults\n", done.stderr
    assert (tmp_path / "done.txt").read_text().splitlines()[1:] == ["3 4"]
