"""What is timed in fresh processes."""

from __future__ import annotations

import re

import pytest

from hgedsp.benchmarks import start_up
from hgedsp.benchmarks.effort import Effort
from hgedsp.benchmarks.fresh import chain_graph, main, xor_graph
from hgedsp.errors import HgedspError


def test_a_chain_has_blocks_of_six_classes():
    nodes = chain_graph(12).nodes
    classes = {type(node.block).__name__ for node in nodes} - {"Input"}
    assert len(nodes) == 13
    assert len(classes) == 6


def test_graphs_run_to_their_first_sample():
    assert main("chain", 6) > 0
    assert main("loop", 3) > 0
    assert xor_graph().name


def test_a_fresh_process_is_timed_with_and_without_imports(tmp_path):
    first, whole = start_up._fresh("chain", (2,), str(tmp_path))
    assert 0 < first < whole


def test_a_process_that_fails_is_told_with_its_command():
    expected = (
        "a fresh process could not compile: ValueError: invalid literal for int() with base 10: "
        "'many'\n  at   .*hgedsp.benchmarks.fresh chain many\n"
        "  mend run this command by itself to see what is wrong"
    )
    with pytest.raises(HgedspError, match=f"^{expected.replace('()', re.escape('()'))}$"):
        start_up._fresh("chain", ("many",), "")


def test_compile_times_of_all_k_are_taken_in_turns(monkeypatch):
    asked = []

    def fresh(kind: str, size: tuple[int, ...], folder: str) -> tuple[float, float]:
        asked.append((kind, *size))
        return float(len(asked)), 10.0 * len(asked)

    monkeypatch.setattr(start_up, "_fresh", fresh)
    results = list(start_up._in_turns((7, 64), rounds=2))
    assert asked == 2 * [*2 * [("loop", 7)], *2 * [("loop", 64)]]
    assert [result.case["K"] for result in results] == [7, 64]
    assert results[0].rounds["cold"] == [1.0, 5.0]
    assert results[1].rounds["warm, with imports"] == [40.0, 80.0]


def test_a_quick_run_leaves_cases_out(monkeypatch):
    monkeypatch.setattr(start_up, "_fresh", lambda *_: (1.0, 2.0))
    quick, full = (list(start_up.run(Effort(quick=quick))) for quick in (True, False))
    assert len(quick) == 5
    assert len(full) == 11
