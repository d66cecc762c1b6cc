"""Candidates taking turns: medians, ratios, and what is not timed."""

from __future__ import annotations

import json
import math
import sys

import numpy as np
import pytest

from hgedsp.benchmarks import native, timing
from hgedsp.benchmarks.loop_peers import plain_c
from hgedsp.benchmarks.loop_setup import cubic_loop
from hgedsp.benchmarks.pathsim_loop import pathsim_loop
from hgedsp.benchmarks.timing import Candidate, Result, collect, interleave, measure


class Clock:
    """Time that passes only when a candidate works."""

    def __init__(self) -> None:
        self.now = 0.0
        self.log: list[str] = []

    def worker(self, name: str, seconds: float, samples: int, **options) -> Candidate:
        def step() -> None:
            self.now += seconds
            self.log.append(name)

        return Candidate(name, step, samples, **options)


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(timing.time, "perf_counter", lambda: clock.now)
    return clock


def test_candidates_take_turns_each_for_the_time_given(clock):
    candidates = [clock.worker("fast", 0.01, 10), clock.worker("slow", 0.05, 10)]
    times = interleave(candidates, rounds=2, seconds=0.05)
    warm = ["fast", "fast", "slow", "slow"]
    assert clock.log == warm + 2 * (5 * ["fast"] + ["slow"])
    assert times["fast"] == pytest.approx([1e6, 1e6])  # 10 ms for 10 samples, in ns
    assert times["slow"] == pytest.approx([5e6, 5e6])


def test_ratio_is_the_median_of_the_ratios_within_a_round():
    rounds = {"a": [1.0, 10.0, 3.0], "b": [2.0, 40.0, 3.0]}
    result = Result("w", {}, "ns/sample", rounds)
    assert result.median("a") == 3.0
    assert result.ratio("a", "b") == 0.5  # of 0.5, 0.25 and 1; the medians alone would give 1


def test_a_wrong_answer_is_noted_and_not_timed(clock):
    wrong = clock.worker("wrong", 1.0, 1, answer=lambda: np.array([1.0, 2.002]))
    right = clock.worker("right", 1.0, 1, answer=lambda: np.array([1.0, 2.0]))
    result = measure(
        "w",
        {"K": 1},
        [wrong, right],
        reference=lambda: np.array([1.0, 2.0]),
        rounds=1,
        seconds=1.0,
        notes=["a note"],
    )
    assert list(result.rounds) == ["right"]
    assert result.notes == ("a note", "wrong is void: it differs from the reference by 1.0e-03")
    assert "wrong" not in clock.log


@pytest.mark.parametrize("answer", [np.array([math.nan]), np.array([]), np.ones((1, 2))])
def test_nan_nothing_and_another_shape_are_wrong_answers(clock, answer):
    candidate = clock.worker("x", 1.0, 1, answer=lambda: answer)
    result = measure("w", {}, [candidate], reference=lambda: np.ones(1), rounds=1, seconds=1.0)
    assert result.rounds == {}


def test_without_a_compiler_c_is_left_out_with_a_note(monkeypatch):
    monkeypatch.setattr(native, "find_compiler", lambda: None)
    setup = cubic_loop(3, 1)
    candidates, notes = collect(2 * [lambda: plain_c(setup, 10, 10)])
    assert candidates == []
    assert notes == [
        "left out: there is no gcc or clang to compile it; install gcc (apt install gcc)"
    ]


def test_without_pathsim_it_is_left_out_with_the_line_to_type(monkeypatch):
    monkeypatch.setitem(sys.modules, "pathsim", None)
    candidates, notes = collect([lambda: pathsim_loop(cubic_loop(3, 1), 10)])
    assert candidates == []
    assert notes == [
        "left out: the closed loop in PathSim needs the package pathsim, which is not installed; "
        'type: pip install "hgedsp[bench]"'
    ]


def test_pathsim_agrees_with_numpy_but_for_a_sample_of_delay():
    pytest.importorskip("pathsim", reason="the extra bench is not installed")
    setup = cubic_loop(3, 4)
    candidate = pathsim_loop(setup, 10)
    assert candidate.answer is not None
    got = candidate.answer()
    assert len(got) >= 20
    np.testing.assert_allclose(got, setup.numpy_losses(len(got)), rtol=1e-6)


def test_results_are_plain_enough_for_json():
    assert json.dumps(vars(Result("w", {"K": 1}, "s", {"a": [1.0]}, ("note",))))
