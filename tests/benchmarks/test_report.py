"""What is said about results: verdicts, tables, JSON, picture."""

from __future__ import annotations

import json

import pytest

from hgedsp.benchmarks import closed_loop, open_loop, start_up
from hgedsp.benchmarks.picture import draw
from hgedsp.benchmarks.report import as_json, as_markdown, as_text
from hgedsp.benchmarks.suite import WORKLOADS
from hgedsp.benchmarks.targets import Verdict, judge
from hgedsp.benchmarks.timing import Result

TARGET = "closed loop, order 1: at most 1x plain C, K = 7 to 1024"


def loop(tones: int, ours: float, plain: float = 20.0) -> Result:
    rounds = {"hgedsp": [ours] * 3, "plain C": [plain] * 3, "NumPy": [1000 * ours] * 3}
    return Result(closed_loop.NAME, {"K": tones, "order": 1}, "ns/sample", rounds, ("a note",))


def verdict_on(target: str, results: list[Result]) -> Verdict:
    (verdict,) = [verdict for verdict in judge(results) if verdict.target == target]
    return verdict


def test_targets_of_workloads_that_were_not_run_are_left_out():
    assert judge([]) == []
    assert {verdict.target.partition(",")[0] for verdict in judge([loop(7, 19.0)])} == {
        "closed loop"
    }


def test_nothing_measured_is_no_verdict():
    verdicts = judge([Result(name, {}, "s", {}) for name in WORKLOADS])
    assert len(verdicts) == 21
    assert {verdict.met for verdict in verdicts} == {None}
    assert {verdict.reached for verdict in verdicts} == {"not measured"}


def test_a_target_is_met_once_all_its_cases_are():
    tones = (7, 16, 64, 256, 1024)
    verdict = verdict_on(TARGET, [loop(k, ours=19.0) for k in tones])
    assert verdict.met is True
    assert verdict.reached == "K=7 0.95x, K=16 0.95x, K=64 0.95x, K=256 0.95x, K=1024 0.95x"


def test_a_target_with_cases_missing_is_not_met_yet():
    verdict = verdict_on(TARGET, [loop(7, ours=19.0)])
    assert verdict.met is None
    assert verdict.reached == "K=7 0.95x, not measured: K=16 K=64 K=256 K=1024"


def test_one_case_is_enough_to_miss_a_target():
    assert verdict_on(TARGET, [loop(7, ours=21.0)]).met is False


def test_speed_over_sosfilt_counts_the_other_way_round():
    rounds = {"hgedsp": [10.0], "scipy sosfilt": [1200.0]}
    result = Result(open_loop.NAME, {"K": 64, "filter": "low-pass"}, "ns/sample", rounds)
    verdict = verdict_on("low-pass, K = 64: at least 100x scipy.signal.sosfilt", [result])
    assert verdict == Verdict(verdict.target, "120x", True)


def test_compile_times_are_compared_over_all_k():
    results = [
        Result(start_up.NAME, {"graph": "loop", "K": k}, "s", {"cold": [seconds]})
        for k, seconds in zip(start_up.TONES, (1.0, 1.1, 1.0, 1.3), strict=True)
    ]
    verdict = verdict_on("compile time over K = 7 to 16384: within 20 %", results)
    assert verdict == Verdict(verdict.target, "30 %", False)


def test_a_cell_shows_the_median_and_our_time_over_theirs():
    text = as_text([loop(7, ours=19.0)])
    assert "\n  K  order  hgedsp    plain C            NumPy\n" in text
    assert "  7      1      19  20 (0.95)  19 000 (1/1000)" in text
    assert "  a note (K 7, order 1)" in text
    assert f"target: {TARGET}  reached: K=7 0.95x, not measured: K=16 K=64 K=256 K=1024  -" in text


def test_markdown_has_a_table_per_workload_and_the_targets():
    page = as_markdown([loop(7, ours=19.0), loop(64, ours=30.0)])
    assert "## Closed loop, cubic device\n\n| K | order | hgedsp | plain C | NumPy |\n" in page
    assert "| 64 | 1 | 30 | 20 (1.50) | 30 000 (1/1000) |" in page
    assert "- a note (K 7, order 1; K 64, order 1)" in page
    assert f"| {TARGET} | K=7 0.95x, K=64 1.5x, not measured: K=16 K=256 K=1024 | no |" in page


def test_json_holds_machine_date_rounds_medians_ratios_and_targets():
    facts = json.loads(as_json([loop(7, ours=19.0)]))
    assert set(facts) == {"machine", "date", "versions", "results", "targets"}
    assert set(facts["machine"]) == {"processor", "cores", "system", "compiler"}
    (result,) = facts["results"]
    assert result["rounds"]["plain C"] == [20.0, 20.0, 20.0]
    assert result["median"]["hgedsp"] == 19.0
    assert result["ratio_of_ours"]["plain C"] == pytest.approx(0.95)
    assert {target["met"] for target in facts["targets"]} == {None}
    assert TARGET in {target["target"] for target in facts["targets"]}


def test_the_picture_is_drawn(tmp_path):
    pytest.importorskip("matplotlib", reason="the extra plot is not installed")
    file = tmp_path / "speed.png"
    draw([loop(7, ours=19.0), loop(64, ours=30.0)], file)
    assert file.read_bytes().startswith(b"\x89PNG")


def test_nothing_to_draw_is_an_empty_picture(tmp_path):
    pytest.importorskip("matplotlib", reason="the extra plot is not installed")
    draw([], tmp_path / "speed.svg")
    assert (tmp_path / "speed.svg").exists()
